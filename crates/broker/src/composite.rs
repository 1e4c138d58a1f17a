//! Tools that are Rust: several reads and calls made into one answer.

use crate::Broker;
use crate::beneath::Beneath;
use crate::plan::Doing;
use async_trait::async_trait;
use keyferry_catalog::Arguments;
use keyferry_core::Failure;
use keyferry_upstream::{Answer, Unanswered};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A tool that is not one operation. The catalog describes it as any other; it is validated, ruled, confirmed and
/// journaled as any other, and what it reads is journaled beneath it.
#[async_trait]
pub trait CompositeTool: Send + Sync {
    /// The result of the call.
    ///
    /// # Errors
    /// What the caller is told; nothing was changed then.
    async fn run(&self, arguments: &Arguments, reads: Reads<'_>) -> Result<Value, Failure>;
}

/// The reads that a composite tool may make: on its own connection, in its device's name, 50 at most.
pub struct Reads<'a> {
    broker: &'a Broker,
    beneath: &'a Beneath,
    doing: &'a Doing,
}

impl Reads<'_> {
    /// The body of a read's answer.
    ///
    /// # Errors
    /// As a call of that read by the same device; `rate_limited` when no reads are left.
    pub async fn read(&self, tool: &str, arguments: Map<String, Value>) -> Result<Value, Failure> {
        self.broker.read_beneath(self.beneath, &self.doing.account.connection, tool, arguments).await
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
        broker: &Broker,
        beneath: &Beneath,
        doing: &Doing,
    ) -> Result<Answer, Unanswered> {
        let reads = Reads { broker, beneath, doing };
        let body = self.0.run(&doing.arguments, reads).await.map_err(crate::exchange::not_sent)?;
        Ok(crate::exchange::made_answer(body))
    }
}
