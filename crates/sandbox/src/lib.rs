#![doc = include_str!("../README.md")]

mod connection;
mod control;
mod credentials;
mod exchange;
mod faults;
mod hitch;
mod limits;
mod place;
mod profiles;
mod public_api;
mod received;
mod record;
mod running;
mod state;
mod tracking;

pub use credentials::{RegionCredentials, SandboxCredentials};
pub use limits::SandboxLimits;
pub use running::{RunningSandbox, Sandbox, SandboxSettings, StartError};
