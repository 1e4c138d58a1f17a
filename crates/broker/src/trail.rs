//! What is known of a call while it walks through the flow: enough to journal it wherever it ends.

use crate::request::Caller;
use crate::view::Meta;
use keyferry_catalog::Tool;
use keyferry_core::{CallId, DeviceId, TeamId, Timestamp, UserId};
use keyferry_store::calls::NewCall;
use keyferry_store::connections::Connection;
use std::sync::Arc;

/// Grows as the call goes on.
pub(crate) struct Trail {
    pub(crate) id: CallId,
    pub(crate) parent: Option<CallId>,
    pub(crate) began: Timestamp,
    pub(crate) tool: Option<Arc<Tool>>,
    pub(crate) connection: Option<Arc<Connection>>,
    pub(crate) digest: Option<[u8; 32]>,
    /// What is acted on; a keyed hash when it is a person.
    pub(crate) object: Option<String>,
    /// Keyed hashes of the people in the arguments.
    pub(crate) subjects: Vec<[u8; 32]>,
    /// The arguments with secrets masked, sealed.
    pub(crate) arguments: Option<Vec<u8>>,
    /// The journal holds the call already, and its outcome is recorded by who put it there.
    pub(crate) held: bool,
    /// The outcome could not be committed.
    pub(crate) unrecorded: bool,
    /// The earlier call whose answer is given again.
    pub(crate) replayed: Option<CallId>,
}

impl Trail {
    #[must_use]
    pub(crate) fn begin(began: Timestamp, parent: Option<CallId>) -> Self {
        Self {
            id: CallId::new(),
            parent,
            began,
            tool: None,
            connection: None,
            digest: None,
            object: None,
            subjects: Vec::new(),
            arguments: None,
            held: false,
            unrecorded: false,
            replayed: None,
        }
    }

    /// The call's row, or `None` while it is not known which tool was meant.
    pub(crate) fn row(&self, caller: &Caller, deadline: Timestamp) -> Option<NewCall> {
        self.row_for(&caller.team, &caller.user, Some(&caller.device), deadline)
    }

    /// The same for a device, or for a person in a browser.
    pub(crate) fn row_for(
        &self,
        team: &TeamId,
        user: &UserId,
        device: Option<&DeviceId>,
        deadline: Timestamp,
    ) -> Option<NewCall> {
        let tool = self.tool.as_ref()?;
        Some(NewCall {
            id: self.id.clone(),
            team: team.clone(),
            user: user.clone(),
            device: device.cloned(),
            connection: self.connection.as_ref().map(|connection| connection.id.clone()),
            parent: self.parent.clone(),
            tool: tool.name.clone(),
            integration: tool.integration.clone(),
            impact: tool.impact,
            digest: self.digest.map(|digest| digest.to_vec()).unwrap_or_default(),
            confirmation: None,
            object: self.object.clone(),
            arguments: self.arguments.clone(),
            idempotency_hash: None,
            subjects: self.subjects.clone(),
            started_at: self.began,
            deadline_at: deadline,
        })
    }

    /// The answer is an earlier call's: the journal holds it already.
    pub(crate) fn replay(&mut self, earlier: &CallId) {
        self.replayed = Some(earlier.clone());
        self.held = true;
    }

    /// What the answer says about the call.
    pub(crate) fn meta(&self, request_id: Option<String>, now: Timestamp) -> Meta {
        Meta {
            started_at: self.began.rfc3339(),
            ended_at: now.rfc3339(),
            duration_ms: u64::try_from(now.since(self.began).as_millis()).unwrap_or(u64::MAX),
            request_id,
            call_id: self.tool.is_some().then(|| self.replayed.as_ref().unwrap_or(&self.id).to_string()),
            provider_request_id: None,
            replayed: self.replayed.is_some(),
            answer_kept: None,
            recorded: self.unrecorded.then_some(false),
        }
    }
}
