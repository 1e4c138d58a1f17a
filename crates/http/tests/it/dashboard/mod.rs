//! The pages, as a browser without scripts sees them.

mod approvals;
pub(crate) mod browser;
mod connect;
mod devices;
mod errors;
mod guards;
mod invitation;
mod others;
mod pair;
mod setup;
mod sign_in;
