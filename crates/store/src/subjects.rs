//! Which calls concern a person, by a keyed hash of their ids; for erasure.

use crate::bind::binds;
use crate::{StoreError, Tx};
use keyferry_core::{CallId, TeamId};

pub(crate) async fn add(
    tx: &mut Tx,
    team: &TeamId,
    subjects: &[[u8; 32]],
    call: &CallId,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO subjects (team_id, subject_hash, call_id) VALUES ($1, $2, $3) \
         ON CONFLICT (team_id, subject_hash, call_id) DO NOTHING";
    for subject in subjects {
        tx.via().execute(SQL, binds![team, subject[..], call]).await?;
    }
    Ok(())
}

/// Forgets a person: what the calls that concern them carried and answered, what the reads beneath those answered, the
/// confirmations of the same calls, and the hash by which they were found. That the calls were made stays. Answers how
/// many calls were found.
pub async fn erase(tx: &mut Tx, team: &TeamId, subject: &[u8; 32]) -> Result<u64, StoreError> {
    const CONFIRMATIONS: &str = "DELETE FROM confirmations WHERE team_id = $1 AND (device_id, digest) IN \
         (SELECT c.device_id, c.digest FROM subjects s JOIN calls c ON c.team_id = s.team_id AND c.id = s.call_id \
         WHERE s.team_id = $1 AND s.subject_hash = $2)";
    const BENEATH: &str = "UPDATE calls SET arguments = NULL, result = NULL, object = NULL \
         WHERE team_id = $1 AND parent_id IN \
         (SELECT s.call_id FROM subjects s WHERE s.team_id = $1 AND s.subject_hash = $2)";
    const CALLS: &str = "UPDATE calls SET arguments = NULL, result = NULL, object = NULL \
         WHERE team_id = $1 AND id IN \
         (SELECT s.call_id FROM subjects s WHERE s.team_id = $1 AND s.subject_hash = $2)";
    const SUBJECT: &str = "DELETE FROM subjects WHERE team_id = $1 AND subject_hash = $2";
    for sql in [CONFIRMATIONS, BENEATH] {
        tx.via().execute(sql, binds![team, subject[..]]).await?;
    }
    let found = tx.via().execute(CALLS, binds![team, subject[..]]).await?;
    tx.via().execute(SUBJECT, binds![team, subject[..]]).await?;
    Ok(found)
}
