//! The doors of devices. Each takes a [`Device`](crate::extract::Device), but for those by which one becomes a device
//! and the one that a connect link's token reads.

pub(crate) mod actions;
pub(crate) mod approvals;
pub(crate) mod call_body;
pub(crate) mod call_stream;
pub(crate) mod calls;
pub(crate) mod connect;
pub(crate) mod connections;
pub(crate) mod executions;
pub(crate) mod hermes;
pub(crate) mod integrations;
pub(crate) mod openclaw;
pub(crate) mod tool_calls;
pub(crate) mod tools;
pub(crate) mod whoami;
pub(crate) mod wire;
mod without_code;
