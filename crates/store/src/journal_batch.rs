//! The journal in batches: many rows in one statement, one commit for all. A row that the database refuses harms only its
//! own call.
//!
//! The texts have a fixed number of rows each (512, 64, 8, 1), so that a connection prepares four of a kind and no more. A
//! text per engine would be allowed here; one serves both.

use crate::bind::{Bind, Value};
use crate::calls::{CallState, NewCall, Outcome};
use crate::claim_batch::in_chunks;
use crate::record::Record;
use crate::{Db, StoreError};
use keyferry_core::{CallId, TeamId, Timestamp};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

/// What the journal is to hold.
#[derive(Debug, Clone)]
pub enum Entry {
    /// A call is about to be made.
    Begun(NewCall),
    /// A call has ended; its `Begun` may be in the same batch or in an earlier one. Ignored when it had ended before.
    Ended { team: TeamId, call: CallId, outcome: Outcome },
    /// A call that begins and ends at once: refused, or previewed.
    Whole(NewCall, Outcome),
}

/// Writes all entries durably. Answers those that the database refuses, by their place; the others are written. Writing the same entries
/// again, as after an `Unavailable`, does no harm.
///
/// # Errors
/// `Unavailable`: none is known to be written.
pub async fn write(db: &Db, entries: &[Entry]) -> Result<Vec<(usize, StoreError)>, StoreError> {
    match write_together(db, entries).await {
        Ok(()) => Ok(Vec::new()),
        Err(error) if error.is_unavailable() => Err(error),
        Err(_) => write_one_by_one(db, entries).await,
    }
}

async fn write_one_by_one(db: &Db, entries: &[Entry]) -> Result<Vec<(usize, StoreError)>, StoreError> {
    let mut failed = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        match write_together(db, std::slice::from_ref(entry)).await {
            Ok(()) => {}
            Err(error) if error.is_unavailable() => return Err(error),
            Err(error) => failed.push((index, error)),
        }
    }
    Ok(failed)
}

async fn write_together(db: &Db, entries: &[Entry]) -> Result<(), StoreError> {
    let batch = Batch::of(entries);
    if batch.is_empty() {
        return Ok(());
    }
    let mut tx = db.begin().await?;
    in_chunks(&mut tx, &CALLS, &batch.calls).await?;
    in_chunks(&mut tx, &SUBJECTS, &batch.subjects).await?;
    in_chunks(&mut tx, &OUTCOMES, &batch.outcomes).await?;
    tx.commit().await
}

/// The rows of each statement. A call that begins and ends in the same batch is one row.
#[derive(Default)]
struct Batch<'a> {
    calls: Vec<Vec<Value<'a>>>,
    subjects: Vec<Vec<Value<'a>>>,
    outcomes: Vec<Vec<Value<'a>>>,
}

impl<'a> Batch<'a> {
    fn of(entries: &'a [Entry]) -> Self {
        let mut begun: HashMap<(&TeamId, &CallId), usize> = HashMap::new();
        let mut calls: Vec<(&NewCall, Option<&Outcome>)> = Vec::new();
        let mut batch = Self::default();
        for entry in entries {
            match entry {
                Entry::Begun(call) => {
                    begun.insert((&call.team, &call.id), calls.len());
                    calls.push((call, None));
                }
                Entry::Whole(call, outcome) => calls.push((call, Some(outcome))),
                Entry::Ended { team, call, outcome } => match begun.get(&(team, call)) {
                    Some(&place) => calls[place].1 = calls[place].1.or(Some(outcome)),
                    None => batch.outcomes.push(outcome_row(team, call, outcome)),
                },
            }
        }
        for (call, outcome) in calls {
            batch.calls.push(call_row(call, outcome));
            batch.subjects.extend(call.subjects.iter().map(|subject| subject_row(call, subject)));
        }
        batch
    }

    fn is_empty(&self) -> bool {
        self.calls.is_empty() && self.outcomes.is_empty()
    }
}

pub(crate) fn call_row<'a>(call: &'a NewCall, outcome: Option<&'a Outcome>) -> Vec<Value<'a>> {
    let mut row = call.values();
    row.extend(outcome.map_or_else(no_outcome, Record::values));
    row
}

pub(crate) fn outcome_row<'a>(team: &'a TeamId, call: &'a CallId, outcome: &'a Outcome) -> Vec<Value<'a>> {
    let mut row = vec![team.value(), call.value()];
    row.extend(outcome.values());
    row
}

pub(crate) fn subject_row<'a>(call: &'a NewCall, subject: &'a [u8; 32]) -> Vec<Value<'a>> {
    vec![call.team.value(), Value::Bytes(Some(subject)), call.id.value()]
}

/// In the order of an outcome's columns.
fn no_outcome<'a>() -> Vec<Value<'a>> {
    vec![
        Value::Text(Some(CallState::Intent.as_str().into())),
        Value::Boolean(Some(false)),
        Value::Bytes(None),
        Value::Integer(None),
        Value::Text(None),
        Value::Text(None),
        Value::Integer(Some(0)),
        Value::Integer(Some(0)),
        Value::Integer(Some(0)),
        <Timestamp as Bind>::NULL,
    ]
}

pub(crate) const CHUNKS: [usize; 4] = [512, 64, 8, 1];

/// The texts of one statement, made once.
pub(crate) type Texts = LazyLock<Sizes>;

/// One text for each chunk's number of rows.
pub(crate) struct Sizes {
    /// With `$1`, `$2`, …
    numbered: [String; 4],
    /// With `?`, for SQLite: it looks a named place up in a list of all, for each of a thousand places a thousand steps.
    in_order: [String; 4],
}

impl Sizes {
    pub(crate) fn of(&self, postgres: bool) -> &[String; 4] {
        if postgres { &self.numbered } else { &self.in_order }
    }
}

pub(crate) static CALLS: Texts = LazyLock::new(|| {
    let columns = [NewCall::COLUMNS, Outcome::COLUMNS].concat();
    let before = format!("INSERT INTO calls ({}) VALUES ", columns.join(", "));
    texts(columns.len(), &before, " ON CONFLICT (team_id, id) DO NOTHING")
});

pub(crate) static SUBJECTS: Texts = LazyLock::new(|| {
    texts(
        3,
        "INSERT INTO subjects (team_id, subject_hash, call_id) VALUES ",
        " ON CONFLICT (team_id, subject_hash, call_id) DO NOTHING",
    )
});

static OUTCOMES: Texts = LazyLock::new(|| outcomes(""));

/// The same, and answers which calls had not ended before.
pub(crate) static SETTLED: Texts = LazyLock::new(|| outcomes(" RETURNING calls.id AS text"));

/// As [`crate::calls::settle`] does it for one.
fn outcomes(answering: &str) -> Sizes {
    let columns = Outcome::COLUMNS.join(", ");
    let said = |column: &&str| match *column {
        "result" => "CASE WHEN calls.arguments IS NOT NULL THEN ended.result END".to_owned(),
        other => format!("ended.{other}"),
    };
    let values: Vec<String> = Outcome::COLUMNS.iter().map(said).collect();
    let before = format!("WITH ended (team_id, id, {columns}) AS (VALUES ");
    let after = format!(
        ") UPDATE calls SET ({columns}) = ({}) FROM ended \
         WHERE calls.team_id = ended.team_id AND calls.id = ended.id AND (calls.state = 'intent' \
         OR (calls.state = 'unknown' AND calls.error_code = 'outcome_unknown' AND calls.attempts = 0 \
         AND calls.status IS NULL)){answering}",
        values.join(", ")
    );
    texts(2 + Outcome::COLUMNS.len(), &before, &after)
}

/// One text for each chunk's number of rows: `before ($1, $2), ($3, $4) after`.
pub(crate) fn texts(columns: usize, before: &str, after: &str) -> Sizes {
    let sized = |place: fn(&mut String, usize)| {
        CHUNKS.map(|rows| {
            let mut text = before.to_owned();
            for number in 1..=rows * columns {
                text.push_str(if number % columns == 1 % columns { "(" } else { "" });
                place(&mut text, number);
                text.push_str(match number {
                    last if last == rows * columns => ")",
                    last if last % columns == 0 => "), ",
                    _ => ", ",
                });
            }
            text + after
        })
    };
    let numbered = |text: &mut String, number: usize| {
        write!(text, "${number}").expect("writing into a String: it can't fail");
    };
    Sizes { numbered: sized(numbered), in_order: sized(|text, _| text.push('?')) }
}
