//! Passwords: Argon2id, four at once, and the same work whether the account exists or not.

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use keyferry_core::{ExposeSecret, SecretString};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Each takes 19 MiB while it runs, so this also bounds the memory that strangers can make us use.
const AT_ONCE: usize = 4;

/// A hash that no password is known for, verified when there is no account, so that it costs the same.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$klJp3jqZLlPdYdBqb/MF/Q$IHnPytuG17UnTCpzSyDEHSVKt6ZCZ6hGcAJjxMh9TP4";

/// A hash could not be made or read.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// The stored hash is damaged: the row needs the operator.
    #[error("the stored password hash can't be read: {0}")]
    Unreadable(String),
    #[error("the password could not be hashed: {0}")]
    Hashing(String),
}

/// Hashes and verifies passwords off the async threads. Cheap to clone; the clones share the bound.
#[derive(Clone)]
pub(crate) struct Passwords {
    slots: Arc<Semaphore>,
    argon: Argon2<'static>,
}

impl Passwords {
    pub(crate) fn new() -> Self {
        // OWASP's parameters for Argon2id: 19 MiB, two passes, one lane.
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT);
        Self { slots: Arc::new(Semaphore::new(AT_ONCE)), argon }
    }

    /// The hash to store, with its parameters and salt, as a PHC string.
    ///
    /// # Errors
    /// When the system gives no randomness for a salt.
    pub(crate) async fn hash(&self, password: &SecretString) -> Result<String, PasswordError> {
        let (argon, password) = (self.argon.clone(), password.clone());
        self.bounded(move || hash_now(&argon, password.expose_secret())).await
    }

    /// Whether the password is the one of the stored hash. `None` stands for an account that does not exist or has
    /// no password: it costs the same time and is never right.
    ///
    /// # Errors
    /// When the stored hash can't be read.
    pub(crate) async fn verify(
        &self,
        password: &SecretString,
        stored: Option<&str>,
    ) -> Result<bool, PasswordError> {
        let exists = stored.is_some();
        let hash = stored.unwrap_or(NOBODY).to_owned();
        let (argon, password) = (self.argon.clone(), password.clone());
        let right = self.bounded(move || verify_now(&argon, password.expose_secret(), &hash)).await?;
        Ok(right && exists)
    }

    async fn bounded<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        let slot = Arc::clone(&self.slots).acquire_owned().await;
        let slot = slot.expect("the semaphore is never closed: nothing calls close");
        // The slot travels into the thread, so that a caller who goes away does not free it early.
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(slot);
            result
        });
        done.await.expect("a password thread neither panics nor is aborted")
    }
}

fn hash_now(argon: &Argon2<'_>, password: &str) -> Result<String, PasswordError> {
    argon
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| PasswordError::Hashing(error.to_string()))
}

fn verify_now(argon: &Argon2<'_>, password: &str, stored: &str) -> Result<bool, PasswordError> {
    let hash = PasswordHash::new(stored).map_err(|error| PasswordError::Unreadable(error.to_string()))?;
    Ok(argon.verify_password(password.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_right_password_and_no_other() {
        let passwords = Passwords::new();
        let hash = passwords.hash(&"correct horse battery".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.verify(&"correct horse battery".into(), Some(&hash)).await.unwrap());
        assert!(!passwords.verify(&"correct horse batterz".into(), Some(&hash)).await.unwrap());
        assert!(!passwords.verify(&"correct horse battery".into(), None).await.unwrap());
    }

    #[tokio::test]
    async fn nobodys_hash_costs_what_everybody_elses_does() {
        let made = Passwords::new().hash(&"correct horse battery".into()).await.unwrap();
        let cost = |hash: &str| hash.split('$').take(4).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(cost(NOBODY), cost(&made));
        assert!(PasswordHash::new(NOBODY).is_ok());
    }

    #[tokio::test]
    async fn a_fifth_waits_for_one_of_four() {
        let passwords = Passwords::new();
        let (release, held) = std::sync::mpsc::channel::<()>();
        let held = Arc::new(std::sync::Mutex::new(held));
        let mut running = Vec::new();
        for _ in 0..4 {
            let (passwords, held) = (passwords.clone(), Arc::clone(&held));
            let work = move || held.lock().unwrap().recv().is_ok();
            running.push(tokio::spawn(async move { passwords.bounded(work).await }));
        }
        while passwords.slots.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert!(passwords.slots.try_acquire().is_err());
        drop(release);
        for task in running {
            task.await.unwrap();
        }
        assert_eq!(passwords.slots.available_permits(), 4);
    }

    #[tokio::test]
    async fn a_damaged_hash_is_an_error_and_not_a_wrong_password() {
        let passwords = Passwords::new();
        let verdict = passwords.verify(&"correct horse battery".into(), Some("no hash")).await;
        assert!(matches!(verdict, Err(PasswordError::Unreadable(_))));
    }
}
