//! Which calls concern a person, by a keyed hash of their ids; for erasure.

use crate::bind::{Bind, Value, binds};
use crate::row::row;
use crate::{Db, StoreError, Tx, Via};
use keyferry_core::{CallId, TeamId};
use std::sync::LazyLock;

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

/// Calls that one transaction erases: few enough to end in time with all that was read beneath them, and to let others
/// write in between.
const AT_ONCE: usize = 100;

row! {
    columns found_columns from "subjects";
    /// A call that concerns a person.
    pub struct Found {
        pub call: CallId = "call_id",
    }
}

/// How many calls concern a person.
pub async fn count<'a>(
    via: impl Into<Via<'a>>,
    team: &TeamId,
    subject: &[u8; 32],
) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT COUNT(*) AS n FROM subjects WHERE team_id = $1 AND subject_hash = $2";
    via.into().number(SQL, binds![team, subject[..]]).await
}

/// Forgets a person in some of the calls that concern them: what those carried and answered, what the reads beneath them
/// answered, their confirmations, and the hashes by which they were found. That the calls were made stays. Answers how
/// many calls were found: until that is 0 there may be more, and who was interrupted begins again.
pub async fn erase_some(db: &Db, team: &TeamId, subject: &[u8; 32]) -> Result<u64, StoreError> {
    const FIND: &str = concat!(
        "SELECT ",
        found_columns!(),
        " FROM subjects WHERE team_id = $1 AND subject_hash = $2 ORDER BY call_id LIMIT $3"
    );
    let mut tx = db.begin().await?;
    let limit = i64::try_from(AT_ONCE).unwrap_or(i64::MAX);
    let found: Vec<Found> = tx.via().all(FIND, binds![team, subject[..], limit]).await?;
    let Some(last) = found.last() else { return Ok(0) };
    // The texts have room for a whole batch; a smaller one is filled up with its last.
    let calls = found.iter().chain(std::iter::repeat(last)).take(AT_ONCE).map(|found| found.call.value());
    let mut values: Vec<Value<'_>> = std::iter::once(team.value()).chain(calls).collect();
    let [hashes, rest @ ..] = &*ERASE;
    values.push(subject[..].value());
    tx.via().execute(hashes, &values).await?;
    values.pop();
    for sql in rest {
        tx.via().execute(sql, &values).await?;
    }
    tx.commit().await?;
    Ok(found.len() as u64)
}

/// Of the calls from `$2` on. They are named, because what is found by the person may be more from one statement to the
/// next. In the order in which others lock the same rows.
static ERASE: LazyLock<[String; 4]> = LazyLock::new(|| {
    let calls = (2..2 + AT_ONCE).map(|number| format!("${number}")).collect::<Vec<_>>().join(", ");
    let subject = 2 + AT_ONCE;
    let forget = "UPDATE calls SET arguments = NULL, result = NULL, object = NULL";
    [
        format!(
            "DELETE FROM subjects WHERE team_id = $1 AND subject_hash = ${subject} AND call_id IN ({calls})"
        ),
        format!("{forget} WHERE team_id = $1 AND id IN ({calls})"),
        format!("{forget} WHERE team_id = $1 AND parent_id IN ({calls})"),
        format!(
            "DELETE FROM confirmations WHERE team_id = $1 AND (device_id, digest) IN \
             (SELECT c.device_id, c.digest FROM calls c WHERE c.team_id = $1 AND c.id IN ({calls}))"
        ),
    ]
});
