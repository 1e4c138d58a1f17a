//! Many claims in one transaction, and many outcomes in another: one commit for all who wait at the same time. What each
//! reads and writes is what [`crate::claim`] does for one; the statements take many rows.

use crate::bind::{Bind, Value};
use crate::calls::{NewCall, Outcome};
use crate::claim::{Claimed, take_confirmation, why_not};
use crate::device_rules::Narrowing;
use crate::journal_batch::{
    CALLS, CHUNKS, SETTLED, SUBJECTS, Texts, call_row, outcome_row, subject_row, texts,
};
use crate::row::{Column, FromRow, Row, Text};
use crate::standing::{DependsOn, Standing};
use crate::{Db, StoreError, Tx};
use keyferry_core::{CallId, ConfirmationId, TeamId, Timestamp};
use std::collections::HashSet;
use std::sync::LazyLock;

/// A claim without an idempotency key, and what it goes by.
#[derive(Debug, Clone)]
pub struct Wish {
    pub call: NewCall,
    /// Now: what the confirmation is measured by.
    pub claimed_at: Timestamp,
    /// To be used up.
    pub confirmation: Option<ConfirmationId>,
    pub depends_on: DependsOn,
}

/// Claims all of them for which `may_be_made` says so by what the transaction sees; the others are `None`. The intents
/// of those that are `Taken` are durable.
///
/// # Errors
/// None is known to be claimed.
pub async fn claim(
    db: &Db,
    wishes: &[Wish],
    mut may_be_made: impl FnMut(usize, &Standing, &[Narrowing]) -> bool,
) -> Result<Vec<Option<Claimed>>, StoreError> {
    let mut tx = db.begin().await?;
    let standings = standings(&mut tx, wishes).await?;
    let narrowings = narrowings(&mut tx, wishes).await?;
    let mut claimed = Vec::with_capacity(wishes.len());
    for (index, wish) in wishes.iter().enumerate() {
        let own: Vec<Narrowing> =
            narrowings.iter().filter(|(of, _)| *of == index).map(|(_, one)| one.clone()).collect();
        claimed.push(if may_be_made(index, &standings[index], &own) {
            Some(take(&mut tx, wish).await?)
        } else {
            None
        });
    }
    let taken = || {
        wishes
            .iter()
            .zip(&claimed)
            .filter(|(_, what)| **what == Some(Claimed::Taken))
            .map(|(wish, _)| &wish.call)
    };
    let calls: Vec<_> = taken().map(|call| call_row(call, None)).collect();
    let subjects: Vec<_> =
        taken().flat_map(|call| call.subjects.iter().map(|one| subject_row(call, one))).collect();
    in_chunks(&mut tx, &CALLS, &calls).await?;
    in_chunks(&mut tx, &SUBJECTS, &subjects).await?;
    tx.commit().await?;
    Ok(claimed)
}

async fn take(tx: &mut Tx, wish: &Wish) -> Result<Claimed, StoreError> {
    match &wish.confirmation {
        Some(id) if !take_confirmation(tx, &wish.call, wish.claimed_at, id).await? => {
            why_not(tx, &wish.call, id).await
        }
        _ => Ok(Claimed::Taken),
    }
}

/// How a call ended that had no idempotency key and gives nothing back.
#[derive(Debug, Clone)]
pub struct Ending {
    pub team: TeamId,
    pub call: CallId,
    pub outcome: Outcome,
}

/// Writes how these calls ended. Answers of each whether it had not ended before.
///
/// # Errors
/// None is known to be written.
pub async fn settle(db: &Db, endings: &[Ending]) -> Result<Vec<bool>, StoreError> {
    let rows: Vec<_> = endings.iter().map(|one| outcome_row(&one.team, &one.call, &one.outcome)).collect();
    let mut tx = db.begin().await?;
    let mut settled = HashSet::new();
    for (sql, binds) in chunks(SETTLED.of(tx.is_postgres()), &rows) {
        let ids: Vec<Text> = tx.via().all_changed(sql, &binds).await?;
        settled.extend(ids.into_iter().map(|id| id.0));
    }
    tx.commit().await?;
    Ok(endings.iter().map(|one| settled.contains(one.call.as_str())).collect())
}

/// In the order of the wishes.
async fn standings(tx: &mut Tx, wishes: &[Wish]) -> Result<Vec<Standing>, StoreError> {
    let rows: Vec<_> = wishes.iter().enumerate().map(|(place, wish)| asked_row(place, wish)).collect();
    let mut found = Vec::with_capacity(wishes.len());
    for (sql, binds) in chunks(STANDINGS.of(tx.is_postgres()), &rows) {
        found.extend(tx.via().all::<Standing>(sql, &binds).await?);
    }
    if found.len() == wishes.len() {
        Ok(found)
    } else {
        Err(StoreError::corrupt("standing", "rows are missing"))
    }
}

async fn narrowings(tx: &mut Tx, wishes: &[Wish]) -> Result<Vec<(usize, Narrowing)>, StoreError> {
    let rows: Vec<_> = wishes.iter().enumerate().map(|(place, wish)| asked_row(place, wish)).collect();
    let mut found = Vec::new();
    for (sql, binds) in chunks(NARROWINGS.of(tx.is_postgres()), &rows) {
        found.extend(
            tx.via().all::<Placed>(sql, &binds).await?.into_iter().map(|one| (one.place, one.narrowing)),
        );
    }
    Ok(found)
}

/// A narrowing, and whose.
struct Placed {
    place: usize,
    narrowing: Narrowing,
}

impl FromRow for Placed {
    const TABLE: &'static str = Narrowing::TABLE;

    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let place = i64::required(row, "place").ok().and_then(|place| usize::try_from(place).ok());
        let place = place.ok_or_else(|| StoreError::corrupt(Self::TABLE, "no place"))?;
        Ok(Self { place, narrowing: Narrowing::from_row(row)? })
    }
}

fn asked_row(place: usize, wish: &Wish) -> Vec<Value<'_>> {
    let DependsOn { device, user, connection, approver } = &wish.depends_on;
    let place = Value::Integer(i64::try_from(place).ok());
    vec![place, wish.call.team.value(), device.value(), user.value(), connection.value(), approver.value()]
}

const ASKED: &str = "WITH asked (place, team_id, device_id, user_id, connection_id, approver_id) AS (VALUES ";

static STANDINGS: Texts = LazyLock::new(|| {
    let after = ") SELECT \
         (SELECT d.rule FROM devices d WHERE d.team_id = asked.team_id AND d.id = asked.device_id \
         AND d.user_id = asked.user_id AND d.revoked_at IS NULL) AS rule, \
         (SELECT d.expires_at FROM devices d WHERE d.team_id = asked.team_id AND d.id = asked.device_id) AS expires_at, \
         (SELECT m.role FROM members m JOIN users u ON u.id = m.user_id \
         WHERE m.team_id = asked.team_id AND m.user_id = asked.user_id AND u.disabled_at IS NULL) AS role, \
         (SELECT m.role FROM members m JOIN users u ON u.id = m.user_id \
         WHERE m.team_id = asked.team_id AND m.user_id = asked.approver_id AND u.disabled_at IS NULL) AS approver, \
         EXISTS (SELECT 1 FROM connections c WHERE c.team_id = asked.team_id AND c.id = asked.connection_id \
         AND c.deleted_at IS NULL AND (c.owner_id IS NULL OR c.owner_id = asked.user_id)) AS connected \
         FROM asked ORDER BY asked.place";
    texts(6, ASKED, after)
});

static NARROWINGS: Texts = LazyLock::new(|| {
    let after = ") SELECT asked.place AS place, r.integration, r.connection_id, r.tool, r.rule FROM asked \
         JOIN device_rules r ON r.team_id = asked.team_id AND r.device_id = asked.device_id \
         ORDER BY asked.place, r.integration, r.connection_id, r.tool";
    texts(6, ASKED, after)
});

/// The rows in as few statements as the texts have sizes for.
fn chunks<'a, 'v>(
    texts: &'static [String; 4],
    mut rows: &'a [Vec<Value<'v>>],
) -> impl Iterator<Item = (&'static str, Vec<Value<'v>>)> + 'a
where
    'v: 'a,
{
    std::iter::from_fn(move || {
        let which = CHUNKS.iter().position(|size| *size <= rows.len())?;
        let (chunk, rest) = rows.split_at(CHUNKS[which]);
        rows = rest;
        Some((texts[which].as_str(), chunk.concat()))
    })
}

pub(crate) async fn in_chunks(
    tx: &mut Tx,
    texts: &'static Texts,
    rows: &[Vec<Value<'_>>],
) -> Result<(), StoreError> {
    for (sql, binds) in chunks(texts.of(tx.is_postgres()), rows) {
        tx.via().execute(sql, &binds).await?;
    }
    Ok(())
}
