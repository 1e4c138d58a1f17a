//! The room through its public functions, over a real database.
#![expect(clippy::unwrap_used, reason = "a test that can't go on fails right there")]

mod authenticator;
mod clawlink;
mod device_code;
mod devices;
mod follower;
mod hermes;
mod house;
mod members;
mod oauth;
mod pairing_limits;
mod refresh;
mod sessions;
mod setup;
mod shut_out;
mod sign_in;
mod signing_keys;
