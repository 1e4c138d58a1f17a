//! Reads that the gateway makes for a call or a preview: ruled, budgeted, and journaled beneath it.

use crate::Broker;
use crate::limits::READS_BENEATH;
use crate::plan::{Doing, accepted};
use crate::request::Caller;
use crate::trail::Trail;
use keyferry_catalog::{Arguments, ToolRef};
use keyferry_core::{CallId, ErrorCode, Failure, Impact};
use keyferry_store::connections::Connection;
use keyferry_upstream::next_page;
use serde_json::{Map, Value};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// For whom, beneath which call, and how many reads are left.
pub(crate) struct Beneath {
    pub(crate) caller: Caller,
    pub(crate) parent: CallId,
    left: AtomicU32,
}

impl Beneath {
    pub(crate) fn new(caller: Caller, parent: CallId) -> Self {
        Self { caller, parent, left: AtomicU32::new(READS_BENEATH) }
    }

    /// # Errors
    /// `rate_limited` when the call has used up its reads.
    pub(crate) fn take(&self) -> Result<(), Failure> {
        let taken = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        taken.map(|_| ()).map_err(|_| {
            let message = format!("This would need more than {READS_BENEATH} reads.");
            Failure::new(ErrorCode::RateLimited, message).hint("Narrow it, or read the parts one by one.")
        })
    }
}

impl Broker {
    /// The body of a read's answer.
    ///
    /// # Errors
    /// As a call of that read by the same device.
    pub(crate) async fn read_beneath(
        &self,
        beneath: &Beneath,
        connection: &Arc<Connection>,
        name: &str,
        arguments: Map<String, Value>,
    ) -> Result<Value, Failure> {
        let doing = self.doing_beneath(beneath, connection, name, arguments).await?;
        let mut trail = Trail::begin(self.now(), Some(beneath.parent.clone()));
        trail.tool = Some(Arc::clone(&doing.tool));
        trail.connection = Some(Arc::clone(connection));
        self.describe_doing(&doing, &mut trail).await?;
        // Boxed: what a read does when its credential is refused leads back here.
        let answer = Box::pin(self.send_read(&beneath.caller, &doing, &mut trail)).await?;
        Ok(answer.body)
    }

    /// Prepares a read beneath, and takes it from the budget.
    pub(crate) async fn doing_beneath(
        &self,
        beneath: &Beneath,
        connection: &Arc<Connection>,
        name: &str,
        arguments: Map<String, Value>,
    ) -> Result<Doing, Failure> {
        let tool = self.tool(name)?;
        if tool.impact != Impact::Read {
            return Err(Failure::internal(format!("`{name}` is asked to read, and it changes")));
        }
        beneath.take()?;
        self.holding(&beneath.caller, &tool, connection).await?.consent(&tool)?;
        let arguments = accepted(&tool, Value::Object(arguments))?;
        let account = self.account(&beneath.caller, &tool, Arc::clone(connection)).await?;
        Ok(Doing { tool, arguments, account })
    }

    /// The items of all pages of a read, `most` at most; says whether there are more.
    pub(crate) async fn pages_beneath(
        &self,
        beneath: &Beneath,
        connection: &Arc<Connection>,
        name: &str,
        mut arguments: Map<String, Value>,
        most: usize,
        items_of: impl Fn(&Value) -> Vec<Value>,
    ) -> Result<(Vec<Value>, bool), Failure> {
        let tool = self.tool(name)?;
        let mut items = Vec::new();
        loop {
            let page = self.read_beneath(beneath, connection, name, arguments.clone()).await?;
            items.extend(items_of(&page));
            let next = tool.pagination.as_ref().and_then(|paging| next_page(paging, &page, &arguments));
            if items.len() >= most {
                let more = items.len() > most || next.is_some();
                items.truncate(most);
                return Ok((items, more));
            }
            let Some(next) = next else {
                return Ok((items, false));
            };
            arguments = next;
        }
    }
}

/// The arguments of a read that a tool names, taken from the tool's own.
pub(crate) fn arguments_for(read: &ToolRef, ours: &Arguments) -> Map<String, Value> {
    let pairs = read.arguments.iter();
    pairs.filter_map(|(theirs, name)| Some((theirs.clone(), ours.get(name)?.clone()))).collect()
}
