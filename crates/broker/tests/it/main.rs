//! The heart against a real SQLite file and the sandbox's Segment.

mod approve;
mod confirm;
mod connect;
mod handles;
mod idempotent;
mod journal;
mod oneself;
mod preview;
mod read;
mod reauth;
mod rig;
mod tidy;
