//! Drives the sandbox over real sockets, as a gateway would.

mod control;
mod faults;
mod house;
mod lifecycle;
mod profiles;
mod public_api;
mod tracking;
