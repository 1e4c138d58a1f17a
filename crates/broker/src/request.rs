//! What a device asks for.

use keyferry_core::{DeviceId, ErrorCode, Failure, Principal, Rule, TeamId, UserId};
use serde_json::Value;

/// A call or a preview, as it came through a door.
#[derive(Debug, Clone, Default)]
pub struct CallRequest {
    pub arguments: Value,
    /// The connection's number; the default one when absent.
    pub connection: Option<i64>,
    /// Taken because clients send it. It proves nothing and changes nothing.
    pub confirmed: Option<bool>,
    /// 1 to 128 characters; see security.md, Idempotency.
    pub idempotency_key: Option<String>,
    /// The part of the answer that is wanted, as a JSON pointer with `*`.
    pub select: Option<String>,
    /// The id of the HTTP request, for the answer's `meta`.
    pub request_id: Option<String>,
}

/// The device that calls, and for whom.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) team: TeamId,
    pub(crate) user: UserId,
    pub(crate) device: DeviceId,
    /// The device's own rule, not yet narrowed.
    pub(crate) rule: Rule,
}

impl Caller {
    /// # Errors
    /// `policy_denied` for a person: tools are called by devices, so that each call has a rule.
    pub(crate) fn of(principal: &Principal) -> Result<Self, Failure> {
        let device = principal
            .device()
            .ok_or_else(|| Failure::new(ErrorCode::PolicyDenied, "Only a paired device calls tools."))?;
        Ok(Self {
            team: principal.team.clone(),
            user: principal.user.clone(),
            device: device.clone(),
            rule: principal.rule(),
        })
    }
}
