//! How a claimed call ended, committed before its answer goes out.

use crate::calls::Outcome;
use crate::claim::{self, GiveBack};
use crate::{Db, StoreError};
use keyferry_core::{CallId, TeamId};

/// Writes how a call ended; its key and confirmation stay used. Answers `false`, and changes nothing, when the call had
/// ended before.
pub async fn record(db: &Db, team: &TeamId, call: &CallId, outcome: &Outcome) -> Result<bool, StoreError> {
    claim::release(db, team, call, outcome, GiveBack::default()).await
}
