//! The random keys of a team: for digests, handles, message ids, hashes of people, and the bodies of each month.
//!
//! They are sealed rows. Only the sealed rows are cached; a key is opened for each use and gone after it, which
//! costs less than a microsecond.

use crate::limits::{CACHE_LIFE, CACHED};
use crate::unavailable;
use keyferry_core::{Clocks, Failure, TeamId, Timestamp};
use keyferry_identity::{Cache, CacheKey};
use keyferry_store::Db;
use keyferry_store::system::SealedRow;
use keyferry_store::team_keys::{self as rows, TeamKey};
use keyferry_vault::{Binding, DataKey, OpenError, Vault};
use std::sync::Arc;

const KIND: &str = "team_key";
/// A team key is never replaced.
const VERSION: i64 = 1;

/// What a key is for; a key of one purpose never does the work of another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Purpose {
    Digest,
    Handle,
    /// Message ids that are the same whenever an idempotency key is.
    Message,
    /// Hashes of people.
    Subject,
    /// Tokens of connect links.
    Connect,
    /// Arguments, states and answers of the calls of one month (`2026-11`); dropped with it.
    Body(String),
}

impl Purpose {
    /// The key for the bodies of what began at this time.
    #[must_use]
    pub fn body_of(began: Timestamp) -> Self {
        Self::Body(began.rfc3339().chars().take("2026-11".len()).collect())
    }

    fn name(&self) -> String {
        match self {
            Self::Digest => "digest".to_owned(),
            Self::Handle => "handle".to_owned(),
            Self::Message => "message".to_owned(),
            Self::Subject => "subject".to_owned(),
            Self::Connect => "connect".to_owned(),
            Self::Body(month) => format!("body:{month}"),
        }
    }
}

/// Cheap to clone; the clones share the cache.
#[derive(Clone)]
pub struct TeamKeys {
    db: Db,
    vault: Vault,
    clock: Clocks,
    /// By team and purpose.
    sealed: Cache<TeamKey, Failure>,
}

impl TeamKeys {
    #[must_use]
    pub fn new(db: Db, vault: Vault, clock: Clocks) -> Self {
        // A rotated master key rewraps the rows: a cached one must not outlive the key that it is wrapped by.
        Self { db, vault, clock, sealed: Cache::new(CACHED, CACHE_LIFE) }
    }

    /// The team's key for a purpose; the first who asks makes it.
    ///
    /// # Errors
    /// `gateway_unavailable` when the database is away, `internal` when the row does not open.
    pub async fn key(&self, team: &TeamId, purpose: Purpose) -> Result<DataKey, Failure> {
        let name = purpose.name();
        let cached = CacheKey::of([team.as_str(), &name]);
        let row = self.sealed.get_or_read(&cached, || self.row(team, &name)).await;
        self.opened(&*row.map_err(|failure| unavailable::shared(&failure))?)
    }

    /// The same, if anybody ever asked for it.
    pub(crate) async fn known(&self, team: &TeamId, purpose: Purpose) -> Result<Option<DataKey>, Failure> {
        let name = purpose.name();
        let cached = CacheKey::of([team.as_str(), &name]);
        if let Some(row) = self.sealed.get(&cached).await {
            return self.opened(&row).map(Some);
        }
        let Some(row) = rows::get(&self.db, team, &name).await.map_err(unavailable::store)? else {
            return Ok(None);
        };
        let key = self.opened(&row)?;
        self.sealed.put(cached, Arc::new(row)).await;
        Ok(Some(key))
    }

    fn opened(&self, row: &TeamKey) -> Result<DataKey, Failure> {
        let context = [("purpose", row.purpose.as_str())];
        self.vault
            .open_data_key(&binding(row.team.as_str(), &row.id, &context), &row.sealed)
            .map_err(unavailable::open)
    }

    async fn row(&self, team: &TeamId, purpose: &str) -> Result<Arc<TeamKey>, Failure> {
        if let Some(row) = rows::get(&self.db, team, purpose).await.map_err(unavailable::store)? {
            return Ok(Arc::new(row));
        }
        let mut fresh = TeamKey {
            id: format!("tk_{}", uuid::Uuid::now_v7().simple()),
            team: team.clone(),
            purpose: purpose.to_owned(),
            key_id: self.vault.active(),
            sealed: Vec::new(),
            created_at: self.clock.now(),
        };
        let context = [("purpose", purpose)];
        (fresh.sealed, _) = self
            .vault
            .new_data_key(&binding(fresh.team.as_str(), &fresh.id, &context))
            .map_err(unavailable::seal)?;
        fresh.key_id = keyferry_vault::wrapped_by(&fresh.sealed).map_err(unavailable::open)?;
        let row = rows::insert_or_get(&self.db, &fresh).await.map_err(unavailable::store)?;
        Ok(Arc::new(row))
    }
}

/// Whether a record opens as the team key of its row; for checking every record at once.
///
/// # Errors
/// When it does not.
pub fn team_key_opens(vault: &Vault, row: &SealedRow) -> Result<(), OpenError> {
    let team = row.team.as_ref().map(TeamId::as_str).unwrap_or_default();
    let context = [("purpose", row.purpose.as_deref().unwrap_or_default())];
    vault.open_data_key(&binding(team, &row.record, &context), &row.sealed).map(|_| ())
}

/// What binds a sealed team key to its row. Its context is the purpose.
fn binding<'a>(team: &'a str, record: &'a str, context: &'a [(&'static str, &'a str)]) -> Binding<'a> {
    Binding { kind: KIND, team, record, version: VERSION, context }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_have_a_key_for_each_month() {
        assert_eq!(Purpose::body_of(Timestamp(1_700_000_000_000_000)).name(), "body:2023-11");
        assert_eq!(Purpose::body_of(Timestamp(0)).name(), "body:1970-01");
    }
}
