#![doc = include_str!("../README.md")]

mod address;
mod client;
mod connector;
mod egress;
mod error;
mod incoming;
mod outgoing;
mod reach;
mod resolver;
mod settings;

pub use egress::Egress;
pub use error::{BodyError, EgressError, Refusal, SendError};
pub use incoming::Incoming;
pub use outgoing::Outgoing;
pub use settings::{AllowRule, EgressSettings};
