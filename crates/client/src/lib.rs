#![doc = include_str!("../README.md")]

mod answers;
mod client;
mod error;
mod pairing;

pub use answers::{
    Approval, Change, Connection, Done, Integration, Preview, PreviewConfirmation, PreviewData, Slot,
    SlotHealth, Tool, Tools,
};
pub use client::{CallBody, Client, Reply};
pub use error::{ClientError, Refusal};
pub use pairing::{DeviceAuthorization, DeviceFlow, PollOutcome, Tokens};
