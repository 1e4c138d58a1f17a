//! Tools that are Rust: several reads and writes made into one answer.

use crate::beneath::Beneath;
use crate::exchange::{made_answer, not_sent};
use crate::progress::Progress;
use crate::standing::Leave;
use async_trait::async_trait;
use keyferry_catalog::Arguments;
use keyferry_core::{ErrorCode, Failure, Timestamp};
use keyferry_upstream::{Answer, Unanswered};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// A write that was sent in time may still wait so long for its outcome to be written.
const LATE: Duration = Duration::from_secs(5);

/// A tool that is not one operation. The catalog describes it as any other; it is validated, ruled, confirmed and
/// journaled as any other, and each of its steps is a call of its own beneath it.
///
/// It has as long as the catalog gives its tool. A composite whose step may or may not have been done is itself unknown,
/// whatever it answers; one that stopped half-way is too. One none of whose writes was done failed, and did nothing.
#[async_trait]
pub trait CompositeTool: Send + Sync {
    /// The result of the call.
    ///
    /// # Errors
    /// What the caller is told.
    async fn run(&self, arguments: &Arguments, steps: Steps<'_>) -> Result<Value, Failure>;
}

/// The steps that a composite tool may make: on its own connection, in its device's name, 50 at most.
pub struct Steps<'a> {
    leave: Leave<'a>,
    beneath: &'a Beneath,
    deadline: Timestamp,
    progress: &'a Progress,
}

impl Steps<'_> {
    /// The body of a read's answer.
    ///
    /// # Errors
    /// As a call of that read by the same device; `rate_limited` when no steps are left, `upstream_timeout` when the
    /// time is over.
    pub async fn read(&self, tool: &str, arguments: Map<String, Value>) -> Result<Value, Failure> {
        self.in_time()?;
        let connection = &self.leave.doing.account.connection;
        self.leave.broker.read_beneath(self.beneath, connection, tool, arguments).await
    }

    /// The body of a write's answer. Who consented to the composite consented to it: its impact is not above the
    /// composite's own.
    ///
    /// # Errors
    /// As a call of that write by the same device; `rate_limited` and `upstream_timeout` as for a read.
    pub async fn write(&self, tool: &str, arguments: Map<String, Value>) -> Result<Value, Failure> {
        self.in_time()?;
        self.progress.begins();
        let step = self.leave.broker.write_beneath(&self.leave, self.beneath, tool, arguments, self.deadline);
        let (call, result) = step.await;
        self.progress.note(tool, &call, &result);
        result.map(|answer| answer.body).map_err(|unanswered| unanswered.failure)
    }

    fn in_time(&self) -> Result<(), Failure> {
        if self.leave.broker.now() < self.deadline { Ok(()) } else { Err(out_of_time()) }
    }
}

/// The composite tools of this gateway, by name.
#[derive(Clone, Default)]
pub struct Composites(BTreeMap<String, Arc<dyn CompositeTool>>);

impl Composites {
    /// Serves the catalog's tool of this name by Rust.
    pub fn register(&mut self, tool: &str, composite: Arc<dyn CompositeTool>) {
        self.0.insert(tool.to_owned(), composite);
    }

    pub(crate) fn get(&self, tool: &str) -> Option<Running<'_>> {
        self.0.get(tool).map(|composite| Running(composite.as_ref()))
    }
}

/// A composite tool in the place of an exchange.
pub(crate) struct Running<'a>(&'a dyn CompositeTool);

impl Running<'_> {
    pub(crate) async fn run(
        &self,
        leave: &Leave<'_>,
        beneath: &Beneath,
        deadline: Timestamp,
    ) -> Result<Answer, Unanswered> {
        leave.stands().await.map_err(not_sent)?;
        let progress = Progress::default();
        let steps = Steps { leave: *leave, beneath, deadline, progress: &progress };
        let most = deadline.since(leave.broker.now()) + LATE;
        let ran = tokio::time::timeout(most, self.0.run(&leave.doing.arguments, steps)).await;
        progress.judge(ran.unwrap_or_else(|_| Err(out_of_time())).map(made_answer))
    }
}

fn out_of_time() -> Failure {
    Failure::new(ErrorCode::UpstreamTimeout, "The time for this call ran out.")
}
