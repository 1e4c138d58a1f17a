//! Handles in secret arguments: the gateway reads the resource again and finds the value that the handle stands for.
//!
//! A handle of another resource, another place or another connection finds nothing.

use crate::Broker;
use crate::beneath::{Beneath, arguments_for};
use crate::outcome;
use crate::plan::Doing;
use crate::standing::Leave;
use crate::team_keys::Purpose;
use crate::trail::Trail;
use futures::FutureExt;
use keyferry_catalog::Lookup;
use keyferry_core::{Consent, ErrorCode, Failure, FieldFault};
use keyferry_upstream::handle::is_handle;
use keyferry_upstream::{Exchange, Made, Revealed, Sought};
use std::sync::Arc;

impl Broker {
    /// What every handle among the arguments stands for.
    ///
    /// # Errors
    /// `invalid_arguments` for a handle that finds nothing; what the reading says otherwise. Nothing was changed.
    pub(crate) async fn reveal_handles(
        &self,
        beneath: &Beneath,
        doing: &Doing,
    ) -> Result<Vec<Revealed>, Failure> {
        let arguments = doing.arguments.to_value();
        let mut revealed = Vec::new();
        for (pointer, lookup) in doing.tool.secret_inputs_in(&doing.arguments) {
            let given = arguments.pointer(&pointer).and_then(|value| value.as_str());
            let Some(handle) = given.filter(|text| is_handle(text)) else { continue };
            let Some(lookup) = lookup else { return Err(stands_for_nothing(pointer)) };
            revealed.push(self.reveal_one(beneath, doing, lookup, pointer, handle).await?);
        }
        Ok(revealed)
    }

    async fn reveal_one(
        &self,
        beneath: &Beneath,
        doing: &Doing,
        lookup: &Lookup,
        pointer: String,
        handle: &str,
    ) -> Result<Revealed, Failure> {
        let connection = &doing.account.connection;
        let arguments = arguments_for(&lookup.find, &doing.arguments);
        let read = self.doing_beneath(beneath, connection, &lookup.find.tool, arguments).await?;
        let handles = self.keys().key(&beneath.caller.team, Purpose::Handle).await?;
        let mut trail = Trail::begin(self.now(), Some(beneath.parent.clone()));
        trail.tool = Some(Arc::clone(&read.tool));
        trail.connection = Some(Arc::clone(connection));
        let deadline = trail.began + read.tool.timeout;
        let caller = &beneath.caller;
        let row = trail.row(caller, deadline).ok_or_else(|| Failure::internal("a look-up without a tool"))?;
        let ticket = self.journal().begin(row).await?;
        let leave = Leave { broker: self, caller, doing: &read, consent: Consent::None, approver: None };
        let exchange = Exchange {
            tool: &read.tool,
            arguments: &read.arguments,
            to: read.destination(),
            made: &Made::fresh(trail.began),
            revealed: &[],
            handles: Some(&handles),
            deadline,
            still_allowed: &leave,
        };
        let sought = Sought { handle, lookup, arguments: &doing.arguments };
        let found = self.upstream().reveal(&exchange, &sought).boxed().await;
        ticket.finish(outcome::looked_up(&found, self.now()));
        match found {
            Ok(Some(value)) => Ok(Revealed { pointer, value }),
            Ok(None) => Err(stands_for_nothing(pointer)),
            Err(unanswered) => Err(unanswered.failure),
        }
    }
}

fn stands_for_nothing(pointer: String) -> Failure {
    let fault = FieldFault::invalid(pointer, "is a handle that stands for no secret of this resource");
    Failure::new(ErrorCode::InvalidArguments, "A handle stands for nothing here.")
        .hint("Read the resource again and take the handle from that answer.")
        .faults(vec![fault])
}
