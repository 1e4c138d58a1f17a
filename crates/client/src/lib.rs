#![doc = include_str!("../README.md")]

mod answers;
mod client;
mod error;
mod pairing;

pub use answers::{
    Approval, Call, Calls, Change, ConnectLink, Connection, Done, Integration, Preview, PreviewConfirmation,
    PreviewData, Slot, SlotHealth, Tool, Tools,
};
pub use client::{CallBody, CallsAsked, Client, Reply};
pub use error::{ClientError, Refusal};
pub use pairing::{DeviceAuthorization, DeviceFlow, PollOutcome, Tokens};
