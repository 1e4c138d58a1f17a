#![doc = include_str!("../README.md")]

mod clock;
mod failure;
mod id;
mod impact;
pub mod pointer;
mod principal;
mod region;
mod role;
mod rule;
mod shown_tools;
mod visible;

pub use clock::{Clock, Clocks, ManualClock, SystemClock, Timestamp};
pub use failure::{Cause, ErrorCode, Failure, FieldFault, Mender};
pub use id::{
    CallId, ConfirmationId, ConnectSessionId, ConnectionId, CredentialId, DeviceId, IdError, MasterKeyId,
    PairingId, ReplicaId, RequestId, SessionId, TeamId, UserId,
};
pub use impact::Impact;
pub use principal::{Actor, Principal};
pub use region::Region;
pub use role::Role;
pub use rule::{Consent, Rule};
pub use secrecy::{ExposeSecret, SecretString};
pub use shown_tools::{ShownTools, ShownToolsError};
pub use visible::{visible, visible_text};
