//! The room as its callers see it, against an upstream on loopback.

mod cursors;
mod errors;
mod fates;
mod paths;
mod redaction;
mod rendering;
mod scrubbing;
mod sending;
mod server;
mod slots;
mod world;
