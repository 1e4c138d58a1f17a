//! ClawLink's documented API: its words and shapes over the same broker calls. The routes in `api/actions.rs`,
//! `api/executions.rs`, `api/integrations.rs` and `api/connections.rs`, and the MCP tools `clawlink.*`, answer in them.
//!
//! A call that is not done is told in its summary here, and is no error: its clients read it so.

pub(crate) mod actions;
pub(crate) mod connections;
pub(crate) mod execution;
pub(crate) mod executions;
pub(crate) mod integrations;
mod words;
