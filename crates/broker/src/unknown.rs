//! What to read: to find out whether a call was done, or what came of it.

use crate::Broker;
use crate::plan::Doing;
use keyferry_catalog::Tool;
use keyferry_core::{Failure, Impact};

impl Broker {
    /// Adds what to read.
    pub(crate) fn tell_what_to_read(&self, doing: &Doing, failure: Failure) -> Failure {
        let tool = &doing.tool;
        failure.details(tool.guidance.follow_ups.iter().cloned()).hint(what_to_read(Some(tool)))
    }
}

/// The catalog's own sentence, else the tool that reads the state. `None`: a tool that there is no more.
pub(crate) fn what_to_read(tool: Option<&Tool>) -> String {
    match tool.map(|tool| (&tool.if_unknown, &tool.before)) {
        Some((Some(sentence), _)) => sentence.clone(),
        Some((None, Some(before))) => {
            format!("Read the state with `{}` and compare before calling again.", before.read.tool)
        }
        Some((None, None)) | None => "Find out whether it was done before calling again.".to_owned(),
    }
}

/// For who asks again for an answer that was not kept.
pub(crate) fn answer_not_kept(tool: &Tool) -> String {
    let instead = match (&tool.before, &tool.if_unknown) {
        _ if tool.impact == Impact::Read => {
            "Call again without the idempotency key: it is a read.".to_owned()
        }
        (Some(before), _) => format!("Read what it is now with `{}`.", before.read.tool),
        (None, Some(sentence)) => sentence.clone(),
        (None, None) => "There is nothing to read it from.".to_owned(),
    };
    format!("The call was done, once; its answer was too long to be kept, or is no longer kept. {instead}")
}
