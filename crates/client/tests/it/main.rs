//! The client against `openapi.json`: what it asks, sends and reads is what the gateway's handlers say of themselves.

#![expect(clippy::unwrap_used, reason = "a helper that can't do its part fails the test")]

mod described;
mod gateway;
mod openapi;
mod reading;
