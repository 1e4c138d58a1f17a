//! What to read to find out whether a call was done.

use crate::Broker;
use crate::plan::Doing;
use keyferry_core::Failure;

impl Broker {
    /// Adds what to read: the catalog's own sentence, else the tool that reads the state, else the follow-ups.
    pub(crate) fn tell_what_to_read(&self, doing: &Doing, failure: Failure) -> Failure {
        let tool = &doing.tool;
        let hint = match (&tool.if_unknown, &tool.before) {
            (Some(sentence), _) => sentence.clone(),
            (None, Some(before)) => {
                format!("Read the state with `{}` and compare before calling again.", before.read.tool)
            }
            (None, None) => "Find out whether it was done before calling again.".to_owned(),
        };
        failure.details(tool.guidance.follow_ups.iter().cloned()).hint(hint)
    }
}
