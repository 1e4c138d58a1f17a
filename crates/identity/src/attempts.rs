//! Guesses, counted in the store, so that neither a restart nor another replica forgets them.
//!
//! A guess is noted before it is checked and forgotten when it was right. The other way round, a thousand guesses at
//! once would all be counted after all of them had been let through.

use crate::IdentityParts;
use crate::secret::random_secret;
use keyferry_core::ExposeSecret;
use keyferry_store::StoreError;
use keyferry_store::attempts as rows;
use std::time::Duration;

/// How many wrong guesses one scope may make.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit {
    /// What is guessed and whom it is counted for, as it stands in the store: `code:user`.
    pub name: &'static str,
    pub most: i64,
    pub within: Duration,
}

/// Why a guess was not let through.
#[derive(Debug)]
pub(crate) enum Refused {
    /// Too many wrong ones; the oldest of them no longer counts after this long.
    TooMany(Duration),
    Store(StoreError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// A guess that was let through and counts as wrong until it is forgiven.
#[must_use = "a right guess that is not forgiven counts as a wrong one"]
pub(crate) struct Attempt {
    noted: Vec<String>,
}

/// Lets a guess through when every limit has room for it.
pub(crate) async fn begin(parts: &IdentityParts, limits: &[(Limit, &str)]) -> Result<Attempt, Refused> {
    let now = parts.now();
    let mut attempt = Attempt { noted: Vec::with_capacity(limits.len()) };
    for (limit, whose) in limits {
        let scope = format!("{}:{whose}", limit.name);
        let id = random_secret().expose_secret().to_owned();
        rows::note(&parts.db, &id, &scope, now).await?;
        attempt.noted.push(id);
        let since = now - limit.within;
        if rows::count_since(&parts.db, &scope, since).await? > limit.most {
            let oldest = rows::oldest_since(&parts.db, &scope, since).await?.unwrap_or(now);
            // A refused guess tried nothing; were it counted, knocking on would lock the owner out for ever.
            attempt.forgive(parts).await?;
            return Err(Refused::TooMany((oldest + limit.within).since(now)));
        }
    }
    Ok(attempt)
}

impl Attempt {
    /// The guess was right: it is not counted.
    pub(crate) async fn forgive(self, parts: &IdentityParts) -> Result<(), StoreError> {
        for id in self.noted {
            rows::forget(&parts.db, &id).await?;
        }
        Ok(())
    }
}
