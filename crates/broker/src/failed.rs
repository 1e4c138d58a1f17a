//! A request that was not done, with what its answer says besides the failure.

use crate::view::Meta;
use keyferry_core::Failure;
use std::error::Error;

/// Why a call or a preview was not done, and where the journal has it.
#[derive(Debug)]
pub struct Failed {
    pub failure: Failure,
    pub meta: Box<Meta>,
}

/// An error with everything beneath it, on one line, for the log.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}
