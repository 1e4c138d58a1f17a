//! What may hold personal data: arguments, states, answers. Sealed under a key per team and month, so that pruning
//! a month is dropping its key.

use crate::team_keys::{Purpose, TeamKeys};
use crate::unavailable;
use keyferry_core::{Failure, TeamId, Timestamp};
use keyferry_vault::Binding;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Which part of which row a body is. A body that was copied to another place does not open.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) team: &'a TeamId,
    /// The call's or the confirmation's id.
    pub(crate) record: &'a str,
    pub(crate) part: Part,
    /// When the row began: it tells the month.
    pub(crate) began: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Arguments,
    Result,
    Shown,
    Reason,
}

impl Part {
    fn kind(self) -> &'static str {
        match self {
            Self::Arguments => "body_arguments",
            Self::Result => "body_result",
            Self::Shown => "body_shown",
            Self::Reason => "body_reason",
        }
    }
}

/// # Errors
/// `gateway_unavailable` when the month's key can't be had.
pub(crate) async fn seal(
    keys: &TeamKeys,
    place: Place<'_>,
    body: &impl Serialize,
) -> Result<Vec<u8>, Failure> {
    seal_json(keys, place, &serde_json::to_vec(body).map_err(Failure::internal)?).await
}

/// The same for a body that is JSON already.
///
/// # Errors
/// As [`seal`].
pub(crate) async fn seal_json(keys: &TeamKeys, place: Place<'_>, plain: &[u8]) -> Result<Vec<u8>, Failure> {
    let key = keys.key(place.team, Purpose::body_of(place.began)).await?;
    Ok(key.seal(&binding(place), plain))
}

/// Makes no key: where the month's is gone, nothing opens.
///
/// # Errors
/// `gateway_unavailable` when the month's key can't be had, `internal` when the body does not open.
pub(crate) async fn open<T: DeserializeOwned>(
    keys: &TeamKeys,
    place: Place<'_>,
    sealed: &[u8],
) -> Result<T, Failure> {
    let key = keys.known(place.team, Purpose::body_of(place.began)).await?;
    let key = key.ok_or_else(|| Failure::internal("the key of this body's month is gone"))?;
    let plain = key.open(&binding(place), sealed).map_err(unavailable::open)?;
    serde_json::from_slice(&plain).map_err(Failure::internal)
}

fn binding(place: Place<'_>) -> Binding<'_> {
    Binding {
        kind: place.part.kind(),
        team: place.team.as_str(),
        record: place.record,
        version: 0,
        context: &[],
    }
}
