//! The gateway as a process: from the configuration to something that listens.

pub(crate) mod assemble;
pub(crate) mod database;
mod file_lock;
pub(crate) mod log;
pub(crate) mod master_keys;
pub(crate) mod serve;
pub(crate) mod serving;
pub(crate) mod signals;
mod tls;
