#![doc = include_str!("../README.md")]

mod accounts;
mod approvals;
mod beneath;
mod bodies;
mod broker;
mod call;
mod calls;
mod claimed;
mod composite;
mod confirm;
mod connections;
mod difference;
mod digest;
mod exchange;
mod failed;
mod handles;
mod idempotency;
mod journal;
mod labels;
mod limits;
mod made;
mod masking;
mod needs_reauth;
mod outcome;
mod plan;
mod preview;
mod request;
mod retention;
mod rules;
mod select;
mod servers;
mod state;
mod subjects;
mod sweep;
mod team_keys;
mod tools;
mod trail;
mod unavailable;
mod unknown;
pub mod view;
mod visible;

pub use approvals::Verdict;
pub use broker::{Broker, BrokerParts};
pub use calls::CallsQuery;
pub use composite::{CompositeTool, Composites, Reads};
pub use connections::{
    ConnectRequest, ConnectionEdit, IntegrationsQuery, NewConnection, SavedSlot, SlotInput,
};
pub use failed::Failed;
pub use keyferry_upstream::SlotVerdict;
pub use request::CallRequest;
pub use retention::Retention;
pub use servers::Servers;
pub use subjects::subject_hash;
pub use team_keys::{Purpose, TeamKeys, team_key_opens};
pub use visible::{visible, visible_text};
