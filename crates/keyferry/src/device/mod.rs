//! The executable as a device: what a person or a script at a terminal does with a gateway.

mod approval;
mod arguments;
mod call;
mod connect;
mod credentials;
mod journal;
mod keyring;
mod look;
mod pair;
mod profiles;
mod session;

pub(crate) use call::{call, preview};
pub(crate) use connect::connect;
pub(crate) use journal::{approvals, calls, one_call};
pub(crate) use look::{connections, describe_tool, integrations, list_tools, search_tools, whoami};
pub(crate) use pair::{pair, unpair};
pub(crate) use profiles::profiles;
