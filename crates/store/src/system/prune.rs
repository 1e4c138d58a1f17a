//! Deleting what is over, in small batches by time. Without a team: time passes for all of them alike.

use crate::bind::binds;
use crate::{Db, StoreError, Tx, Via};
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

/// Drops the teams' keys for the bodies of months before `month` (`2026-11`); what is sealed under them is then lost for
/// good, in backups too. Answers how many. Without a team: the bodies are kept equally long for all.
pub async fn prune_body_keys<'a>(via: impl Into<Via<'a>>, month: &str) -> Result<u64, StoreError> {
    const SQL: &str = "DELETE FROM team_keys WHERE purpose LIKE 'body:%' AND purpose < $1";
    via.into().execute(SQL, binds![format!("body:{month}")]).await
}

/// How much of what lives shortly was deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    pub rows: u64,
}

/// Deletes what ended before `before` and is of no use to anybody: sessions, links, guesses, pairings and their windows,
/// connect sessions, refresh tokens, confirmations, idempotency keys, replicas. Without a team: they expire by
/// themselves.
pub async fn prune_short_lived(db: &Db, before: Timestamp) -> Result<Pruned, StoreError> {
    const STATEMENTS: [&str; 11] = [
        "DELETE FROM sessions WHERE expires_at < $1",
        "DELETE FROM one_time_links WHERE expires_at < $1",
        "DELETE FROM attempts WHERE at < $1",
        "DELETE FROM pairings WHERE expires_at < $1",
        "DELETE FROM pairing_windows WHERE expires_at < $1",
        "DELETE FROM directory WHERE hash IN (SELECT s.token_hash FROM connect_sessions s WHERE s.expires_at < $1)",
        "DELETE FROM connect_sessions WHERE expires_at < $1",
        "DELETE FROM directory WHERE hash IN (SELECT t.hash FROM refresh_tokens t WHERE t.expires_at < $1)",
        "DELETE FROM refresh_tokens WHERE expires_at < $1",
        "DELETE FROM idempotency WHERE expires_at < $1 AND state <> 'running'",
        "DELETE FROM replicas WHERE seen_at < $1",
    ];
    const CONFIRMATIONS: &str = "DELETE FROM confirmations \
         WHERE created_at < $1 AND expires_at < $1 AND COALESCE(use_until, expires_at) < $1";
    let mut tx: Tx = db.begin().await?;
    let mut rows = tx.via().execute(CONFIRMATIONS, binds![before]).await?;
    for sql in STATEMENTS {
        rows += tx.via().execute(sql, binds![before]).await?;
    }
    tx.commit().await?;
    Ok(Pruned { rows })
}
