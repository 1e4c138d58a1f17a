//! The heart against a real SQLite file and the sandbox's Segment.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

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
mod standing;
mod tidy;
