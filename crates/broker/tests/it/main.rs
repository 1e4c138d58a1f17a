//! The heart against real databases and the sandbox's Segment.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod approve;
mod composite;
mod confirm;
mod connect;
mod erase;
mod handles;
mod idempotent;
mod in_flight;
mod journal;
mod oneself;
mod preview;
mod read;
mod reauth;
mod rig;
mod standing;
mod tidy;
