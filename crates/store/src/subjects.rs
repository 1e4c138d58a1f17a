//! Which calls concern a person, by a keyed hash of their ids; for erasure.

use crate::bind::binds;
use crate::row::Text;
use crate::{StoreError, Tx, Via};
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

/// The calls that concern the subject, the oldest first.
pub async fn calls_of<'a>(
    via: impl Into<Via<'a>>,
    team: &TeamId,
    subject: &[u8; 32],
) -> Result<Vec<CallId>, StoreError> {
    const SQL: &str =
        "SELECT call_id AS text FROM subjects WHERE team_id = $1 AND subject_hash = $2 ORDER BY call_id";
    let ids: Vec<Text> = via.into().all(SQL, binds![team, subject[..]]).await?;
    let parse =
        |Text(id): Text| id.parse().map_err(|_| StoreError::corrupt("subjects", "`call_id`: not a call's"));
    ids.into_iter().map(parse).collect()
}

/// Forgets the subject; after `calls::erase_bodies` on each of its calls.
pub async fn forget(tx: &mut Tx, team: &TeamId, subject: &[u8; 32]) -> Result<u64, StoreError> {
    const SQL: &str = "DELETE FROM subjects WHERE team_id = $1 AND subject_hash = $2";
    tx.via().execute(SQL, binds![team, subject[..]]).await
}
