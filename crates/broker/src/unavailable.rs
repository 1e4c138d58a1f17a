//! The failures of the gateway itself: its database, its sealed rows.

use keyferry_core::Failure;
use keyferry_store::StoreError;
use keyferry_vault::{OpenError, SealError};

/// What the caller is told when the store fails before anything was sent.
#[track_caller]
pub(crate) fn store(error: StoreError) -> Failure {
    if error.is_unavailable() {
        return Failure::unavailable("The gateway can't reach its database; nothing was sent.", error);
    }
    Failure::internal(error)
}

/// A sealed row that does not open says nothing about why to the outside.
#[track_caller]
pub(crate) fn open(error: OpenError) -> Failure {
    Failure::internal(error)
}

#[track_caller]
pub(crate) fn seal(error: SealError) -> Failure {
    Failure::internal(error)
}

/// The gateway could not read what was revoked lately, so that it must not act.
pub(crate) fn unread() -> Failure {
    Failure::unavailable(
        "The gateway could not read what changed in the last ten seconds; nothing was sent.",
        "the changes are unread",
    )
}

/// A cache gives one failure to everyone who waited for it.
pub(crate) fn shared(failure: &Failure) -> Failure {
    let mut copy = Failure::new(failure.code, failure.message.clone());
    copy.retry_after = failure.retry_after;
    match &failure.cause {
        Some(cause) => copy.caused_by(cause.to_string()),
        None => copy,
    }
}
