//! Deleting what is over, in small batches by time. Without a team: time passes for all of them alike.

use crate::bind::binds;
use crate::{Db, StoreError, Tx, Via, budgets, changes};
use keyferry_core::Timestamp;

/// Deletes calls that began before `before`, with their subjects, at most `limit`. Answers how many; fewer than `limit`
/// means that there are no more. Without a team: the journal is kept equally long for all.
pub async fn prune_calls(db: &Db, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
    const SUBJECTS: &str = "DELETE FROM subjects WHERE (team_id, call_id) IN (SELECT c.team_id, c.id FROM calls c \
         WHERE c.started_at < $1 ORDER BY c.started_at, c.team_id, c.id LIMIT $2)";
    const CALLS: &str = "DELETE FROM calls WHERE (team_id, id) IN (SELECT c.team_id, c.id FROM calls c \
         WHERE c.started_at < $1 ORDER BY c.started_at, c.team_id, c.id LIMIT $2)";
    let mut tx = db.begin().await?;
    tx.via().execute(SUBJECTS, binds![before, limit]).await?;
    let pruned = tx.via().execute(CALLS, binds![before, limit]).await?;
    tx.commit().await?;
    Ok(pruned)
}

/// Forgets the sealed bodies of calls that began before `before`, at most `limit`. Answers how many. Without a team: they
/// are kept equally long for all.
pub async fn prune_bodies<'a>(
    via: impl Into<Via<'a>>,
    before: Timestamp,
    limit: i64,
) -> Result<u64, StoreError> {
    const SQL: &str = "UPDATE calls SET arguments = NULL, result = NULL \
         WHERE (team_id, id) IN (SELECT c.team_id, c.id FROM calls c \
         WHERE c.started_at < $1 AND (c.arguments IS NOT NULL OR c.result IS NOT NULL) \
         ORDER BY c.started_at LIMIT $2)";
    via.into().execute(SQL, binds![before, limit]).await
}

/// Forgets the answers of calls that ended before `before`, at most `limit`. Answers how many. Without a team: idempotency
/// keys live equally long for all.
pub async fn prune_answers<'a>(
    via: impl Into<Via<'a>>,
    before: Timestamp,
    limit: i64,
) -> Result<u64, StoreError> {
    const SQL: &str = "UPDATE calls SET result = NULL \
         WHERE (team_id, id) IN (SELECT c.team_id, c.id FROM calls c \
         WHERE c.finished_at < $1 AND c.result IS NOT NULL ORDER BY c.finished_at LIMIT $2)";
    via.into().execute(SQL, binds![before, limit]).await
}

/// Drops the teams' keys for the bodies of months before `month` (`2026-11`); what is sealed under them is then lost for
/// good, in backups too. Answers how many. Without a team: the bodies are kept equally long for all.
pub async fn prune_body_keys<'a>(via: impl Into<Via<'a>>, month: &str) -> Result<u64, StoreError> {
    const SQL: &str = "DELETE FROM team_keys WHERE purpose LIKE 'body:%' AND purpose < $1";
    via.into().execute(SQL, binds![format!("body:{month}")]).await
}

/// How much of what lives shortly was deleted.
#[derive(Debug, Default)]
pub struct Pruned {
    pub rows: u64,
    /// Some table may have more of it.
    pub more: bool,
    /// Why some table was left as it is; the first of them.
    pub failed: Option<StoreError>,
}

/// Statements that are one step: of a table's rows that are over, the same `$2` at most.
type Step = &'static [&'static str];

/// What the directory has of a row goes with it.
const SHORT_LIVED: [Step; 12] = [
    &["DELETE FROM confirmations WHERE (team_id, id) IN (SELECT o.team_id, o.id FROM confirmations o \
       WHERE o.created_at < $1 AND o.expires_at < $1 AND COALESCE(o.use_until, o.expires_at) < $1 LIMIT $2)"],
    &["DELETE FROM sessions WHERE id IN (SELECT o.id FROM sessions o WHERE o.expires_at < $1 LIMIT $2)"],
    &["DELETE FROM one_time_links WHERE hash IN (SELECT o.hash FROM one_time_links o \
       WHERE o.expires_at < $1 LIMIT $2)"],
    &["DELETE FROM attempts WHERE id IN (SELECT o.id FROM attempts o WHERE o.at < $1 LIMIT $2)"],
    &["DELETE FROM pairings WHERE id IN (SELECT o.id FROM pairings o WHERE o.expires_at < $1 LIMIT $2)"],
    &[
        "DELETE FROM pairing_windows WHERE (team_id, user_id) IN (SELECT o.team_id, o.user_id FROM pairing_windows o \
       WHERE o.expires_at < $1 LIMIT $2)",
    ],
    &[
        "DELETE FROM directory WHERE hash IN (SELECT o.token_hash FROM connect_sessions o \
         WHERE o.expires_at < $1 ORDER BY o.expires_at, o.team_id, o.id LIMIT $2)",
        "DELETE FROM connect_sessions WHERE (team_id, id) IN (SELECT o.team_id, o.id FROM connect_sessions o \
         WHERE o.expires_at < $1 ORDER BY o.expires_at, o.team_id, o.id LIMIT $2)",
    ],
    &[
        "DELETE FROM directory WHERE hash IN (SELECT o.hash FROM refresh_tokens o \
         WHERE o.expires_at < $1 ORDER BY o.expires_at, o.team_id, o.hash LIMIT $2)",
        "DELETE FROM refresh_tokens WHERE (team_id, hash) IN (SELECT o.team_id, o.hash FROM refresh_tokens o \
         WHERE o.expires_at < $1 ORDER BY o.expires_at, o.team_id, o.hash LIMIT $2)",
    ],
    &["DELETE FROM idempotency WHERE (team_id, device_id, connection_id, tool, key_hash) IN \
       (SELECT o.team_id, o.device_id, o.connection_id, o.tool, o.key_hash FROM idempotency o \
       WHERE o.expires_at < $1 AND o.state <> 'running' LIMIT $2)"],
    &[
        "DELETE FROM oauth_clients WHERE id IN (SELECT o.id FROM oauth_clients o WHERE o.expires_at < $1 LIMIT $2)",
    ],
    &[
        "DELETE FROM oauth_codes WHERE hash IN (SELECT o.hash FROM oauth_codes o WHERE o.expires_at < $1 LIMIT $2)",
    ],
    &["DELETE FROM replicas WHERE id IN (SELECT o.id FROM replicas o WHERE o.seen_at < $1 LIMIT $2)"],
];

/// Deletes what ended before `before` and is of no use to anybody: sessions, links, guesses, pairings and their windows,
/// connect sessions, refresh tokens, confirmations, idempotency keys, programs that registered and their codes, replicas,
/// changes that every process has read, budgets that nothing was taken from. At most `limit` of each table, and each table in a transaction of its own, so
/// that no other writer waits long, and none is left because of another. Without a team: they expire by themselves.
pub async fn prune_short_lived(db: &Db, before: Timestamp, limit: i64) -> Pruned {
    let mut pruned = Pruned::default();
    for step in SHORT_LIVED {
        pruned.count(prune_step(db, step, before, limit).await, limit);
    }
    pruned.count(changes::prune(db, before, limit).await, limit);
    pruned.count(budgets::prune(db, before, limit).await, limit);
    pruned
}

/// Answers how many rows the last statement of the step deleted: those before it follow its rows.
async fn prune_step(db: &Db, step: Step, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
    let mut tx: Tx = db.begin().await?;
    let mut rows = 0;
    for sql in step {
        rows = tx.via().execute(sql, binds![before, limit]).await?;
    }
    tx.commit().await?;
    Ok(rows)
}

impl Pruned {
    fn count(&mut self, deleted: Result<u64, StoreError>, limit: i64) {
        match deleted {
            Ok(rows) => {
                self.rows += rows;
                self.more |= i64::try_from(rows).is_ok_and(|rows| rows >= limit);
            }
            Err(error) => self.failed = self.failed.take().or(Some(error)),
        }
    }
}
