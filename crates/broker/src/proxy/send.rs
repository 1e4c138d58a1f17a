//! The one send of a proxied request, whoever journaled it.

use super::permission::Passage;
use crate::Broker;
use crate::beneath::Beneath;
use crate::exchange::not_sent;
use crate::trail::Trail;
use futures::FutureExt;
use keyferry_core::Timestamp;
use keyferry_upstream::{Answer, Exchange, Made, Passed, PassedBody, RawBody, Revealed, Unanswered};
use serde_json::Value;

impl Broker {
    /// Sends, and finds out what a refused credential means.
    pub(super) async fn pass(
        &self,
        beneath: &Beneath,
        passage: &Passage<'_>,
        revealed: &[Revealed],
        (raw, deadline): (Option<RawBody>, Timestamp),
        trail: &Trail,
    ) -> Result<Passed, Unanswered> {
        let doing = passage.0.doing;
        let handles = self.handle_key(&beneath.caller.team, &doing.tool).await.map_err(not_sent)?;
        let exchange = Exchange {
            tool: &doing.tool,
            arguments: &doing.arguments,
            to: doing.destination(),
            made: &Made::fresh(trail.began),
            revealed,
            handles: handles.as_ref(),
            deadline,
            still_allowed: passage,
        };
        match self.upstream().pass(&exchange, raw).boxed().await {
            Err(unanswered) if unanswered.credential_refused => {
                Err(self.judge_refusal(doing, unanswered, beneath).await)
            }
            passed => passed,
        }
    }
}

/// What the journal has of an answer. Its body is the client's alone.
pub(super) fn answer_of(passed: &Passed) -> Answer {
    let bytes = match &passed.body {
        PassedBody::Whole(bytes) => bytes.len(),
        PassedBody::Streamed(streamed) => streamed.bytes(),
    };
    let request_id = passed.request_id.clone();
    Answer { status: passed.status, body: Value::Null, request_id, attempts: 1, bytes }
}
