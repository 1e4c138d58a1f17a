//! The random keys that sign access tokens and chain refresh tokens.
//!
//! They are rows of the store, sealed, so that every replica signs with the same ones and rotating the master key
//! changes none of them. Only the sealed rows are cached; a key is opened for each use and gone after it.
//!
//! A key signs for [`SIGNING_KEY_SIGNS`]; whoever needs one after that puts another in its place. What it signed is
//! checked with it until none of that can be good any more, and then it is no key.

use crate::secret::random_secret;
use crate::{ACCESS_TOKEN_LASTS, CACHED_AT_MOST, IdentityParts};
use keyferry_core::{ExposeSecret, Timestamp};
use keyferry_store::system::SealedRow;
use keyferry_store::{SigningKey, StoreError, signing_keys as rows};
use keyferry_vault::{Binding, OpenError, OpenReason, SealError, Vault, Zeroizing, wrapped_by};
use rand::RngExt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// After this a key signs nothing new.
pub const SIGNING_KEY_SIGNS: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// A retired key is taken for this long: as long as anything lives that is checked with it, and as long as another
/// replica may sign with it before it reads of its end.
const TAKEN_RETIRED: Duration = ACCESS_TOKEN_LASTS.saturating_add(CACHED_AT_MOST);

/// Checks that a sealed signing key opens, for who checks every sealed record.
///
/// # Errors
/// When it does not open; the reason is for the log.
pub fn signing_key_opens(vault: &Vault, row: &SealedRow) -> Result<(), OpenError> {
    let context = context(row.purpose.as_deref().unwrap_or_default());
    vault.open(&binding(&row.record, &context), &row.sealed).map(|_| ())
}

/// What binds a sealed signing key to its row.
fn binding<'a>(id: &'a str, context: &'a [(&'static str, &'a str)]) -> Binding<'a> {
    Binding { kind: "signing_key", team: "", record: id, version: 0, context }
}

/// A key that was moved to another purpose does not open.
fn context(purpose: &str) -> [(&'static str, &str); 1] {
    [("purpose", purpose)]
}

/// What a key is for; a key of one purpose never does the work of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    AccessToken,
    RefreshToken,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::AccessToken => "access-token",
            Self::RefreshToken => "refresh-token",
        }
    }
}

/// No key could be had: the database is away, or the key ring lacks the master key.
#[derive(Debug, thiserror::Error)]
pub enum SigningKeyError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("signing key {id} can't be opened: {reason}")]
    Open { id: String, reason: OpenReason },
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// A key in the clear, for one use.
pub(crate) struct OpenKey {
    pub id: String,
    pub secret: Zeroizing<Vec<u8>>,
    made_at: Timestamp,
}

/// The keys of this gateway. Cheap to clone; the clones share the cache.
#[derive(Clone)]
pub(crate) struct SigningKeys {
    parts: IdentityParts,
    cached: Arc<RwLock<Cached>>,
}

/// The sealed rows, as they were read.
#[derive(Clone, Default)]
struct Cached {
    rows: Arc<[SigningKey]>,
    read_at: Option<Timestamp>,
}

impl SigningKeys {
    pub(crate) fn new(parts: IdentityParts) -> Self {
        Self { parts, cached: Arc::default() }
    }

    /// The key that signs now; made when there is none yet, and replaced when it has signed for long enough.
    pub(crate) async fn active(&self, purpose: Purpose) -> Result<OpenKey, SigningKeyError> {
        let is_active = |row: &SigningKey| row.purpose == purpose.as_str() && row.retired_at.is_none();
        let now = self.parts.now();
        let row = match self.find(is_active).await? {
            Some(key) if now.since(key.made_at) < SIGNING_KEY_SIGNS => return Ok(key),
            Some(old) => {
                let new = new_row(&self.parts.vault, purpose, now)?;
                rows::replace(&self.parts.db, &old.id, &new, now - TAKEN_RETIRED).await?
            }
            None => rows::insert_or_get(&self.parts.db, &new_row(&self.parts.vault, purpose, now)?).await?,
        };
        self.read().await?;
        self.open(&row)
    }

    /// The key that signed something earlier, as long as anything that it signed may be good.
    pub(crate) async fn by_id(&self, purpose: Purpose, id: &str) -> Result<Option<OpenKey>, SigningKeyError> {
        self.find(|row| row.id == id && row.purpose == purpose.as_str() && self.is_taken(row)).await
    }

    /// The key that signs now, and those before it that are still taken.
    pub(crate) async fn all_taken(&self, purpose: Purpose) -> Result<Vec<OpenKey>, SigningKeyError> {
        let mut keys = vec![self.active(purpose).await?];
        let rows = self.read().await?;
        let others = rows
            .iter()
            .filter(|row| row.purpose == purpose.as_str() && row.id != keys[0].id && self.is_taken(row));
        let others: Vec<OpenKey> = others.map(|row| self.open(row)).collect::<Result<_, _>>()?;
        keys.extend(others);
        Ok(keys)
    }

    fn is_taken(&self, row: &SigningKey) -> bool {
        row.retired_at.is_none_or(|at| self.parts.now().since(at) < TAKEN_RETIRED)
    }

    /// Looks among the cached rows, and when it isn't there, or doesn't open since its row was wrapped anew, among
    /// those of the store.
    async fn find(&self, is_it: impl Fn(&SigningKey) -> bool) -> Result<Option<OpenKey>, SigningKeyError> {
        let cached = self.cached.read().unwrap_or_else(PoisonError::into_inner).clone();
        let recent = cached.read_at.is_some_and(|at| self.parts.now().since(at) < CACHED_AT_MOST);
        if recent && let Some(Ok(key)) = cached.rows.iter().find(|row| is_it(row)).map(|row| self.open(row)) {
            return Ok(Some(key));
        }
        self.read().await?.iter().find(|row| is_it(row)).map(|row| self.open(row)).transpose()
    }

    async fn read(&self) -> Result<Arc<[SigningKey]>, StoreError> {
        let read_at = Some(self.parts.now());
        let rows: Arc<[SigningKey]> = rows::all(&self.parts.db).await?.into();
        *self.cached.write().unwrap_or_else(PoisonError::into_inner) =
            Cached { rows: Arc::clone(&rows), read_at };
        Ok(rows)
    }

    fn open(&self, row: &SigningKey) -> Result<OpenKey, SigningKeyError> {
        let context = context(&row.purpose);
        let opened = self.parts.vault.open(&binding(&row.id, &context), &row.sealed);
        let secret = opened.map_err(|error| cannot_open(&row.id, &error))?;
        Ok(OpenKey { id: row.id.clone(), secret, made_at: row.created_at })
    }
}

/// A random key, sealed. Its row names the master key that the seal names, and not the one that is active a moment
/// later: that a master key is used no more is judged by the rows.
fn new_row(vault: &Vault, purpose: Purpose, now: Timestamp) -> Result<SigningKey, SigningKeyError> {
    let mut secret = Zeroizing::new([0_u8; 32]);
    rand::rng().fill(&mut secret[..]);
    let id = format!("sig_{}", random_secret().expose_secret());
    let sealed = vault.seal(&binding(&id, &context(purpose.as_str())), secret.as_slice())?;
    let key_id = wrapped_by(&sealed).map_err(|error| cannot_open(&id, &error))?;
    let purpose = purpose.as_str().to_owned();
    Ok(SigningKey { id, purpose, key_id, sealed, created_at: now, retired_at: None })
}

fn cannot_open(id: &str, error: &OpenError) -> SigningKeyError {
    SigningKeyError::Open { id: id.to_owned(), reason: error.reason().clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use keyferry_vault::{KeyRing, MasterKey};
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn a_row_names_the_master_key_of_its_seal_while_another_is_activated() {
        let keys = [MasterKey::generate(), MasterKey::generate()];
        let ids = keys.each_ref().map(|key| key.id.clone());
        let vault = Vault::new(KeyRing::new("the test", keys).unwrap(), ids[0].clone()).unwrap();
        let activated = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for round in 0..20_000 {
                    vault.activate(ids[round % 2].clone()).unwrap();
                    activated.store(round + 1, Ordering::Relaxed);
                }
            });
            while activated.load(Ordering::Relaxed) < 20_000 {
                let row = new_row(&vault, Purpose::AccessToken, Timestamp::default()).unwrap();
                assert_eq!(row.key_id, wrapped_by(&row.sealed).unwrap());
            }
        });
    }
}
