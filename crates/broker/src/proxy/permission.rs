//! What may pass without a preview: reads; changes of a trusted device; changes of an API that the device was granted.
//! It is asked when a request comes and again right before it is sent.

use crate::plan::Doing;
use crate::request::Caller;
use crate::standing::Leave;
use crate::{Broker, unavailable};
use futures::FutureExt;
use futures::future::BoxFuture;
use keyferry_catalog::Tool;
use keyferry_core::{Consent, ErrorCode, Failure, Impact};
use keyferry_store::proxy_grants;
use keyferry_upstream::StillAllowed;

/// The leave of a call, and that it may pass unconfirmed.
pub(super) struct Passage<'a>(pub(super) Leave<'a>);

impl StillAllowed for Passage<'_> {
    fn check(&self) -> BoxFuture<'_, Result<(), Failure>> {
        async {
            let leave = &self.0;
            leave.stands().await?;
            leave.broker.may_pass(leave.caller, leave.doing, leave.consent).await
        }
        .boxed()
    }
}

impl Broker {
    /// `consent` is what the device's rule asks for; the rule itself was looked at.
    ///
    /// # Errors
    /// `confirmation_required` for a change that needs a preview or an approval, `approval_required` for what has high
    /// impact.
    pub(super) async fn may_pass(
        &self,
        caller: &Caller,
        doing: &Doing,
        consent: Consent,
    ) -> Result<(), Failure> {
        match (doing.tool.impact, consent) {
            (Impact::Read, _) | (Impact::Write, Consent::None) => Ok(()),
            (Impact::HighImpact, _) => Err(self.never_here(&doing.tool)),
            (Impact::Write, _) if self.is_granted(caller, doing).await? => Ok(()),
            (Impact::Write, _) => Err(self.not_granted(caller, &doing.tool)),
        }
    }

    /// A grant lifts the device's own rule, never one that was narrowed for this tool, connection or integration.
    async fn is_granted(&self, caller: &Caller, doing: &Doing) -> Result<bool, Failure> {
        let tool = &doing.tool;
        let holding = self.holding(caller, tool, &doing.account.connection).await?;
        if holding.narrowed_by.is_some() {
            return Ok(false);
        }
        let grants = proxy_grants::of_device(self.db(), &caller.team, &caller.device).await;
        let grants = grants.map_err(unavailable::store)?;
        Ok(grants.iter().any(|grant| grant.integration == tool.integration && grant.api == tool.api))
    }

    fn not_granted(&self, caller: &Caller, tool: &Tool) -> Failure {
        let page = self.link(&format!("dashboard/devices/{}", caller.device));
        let message = format!(
            "`{}` changes something, and this device may not do that through the proxy without a preview; nothing was sent.",
            tool.name
        );
        Failure::new(ErrorCode::ConfirmationRequired, message).hint(format!(
            "A person can let it send the changes of this API: {page}. Or preview and call `{}`.",
            tool.name
        ))
    }

    fn never_here(&self, tool: &Tool) -> Failure {
        let message = format!("`{}` has high impact; the proxy never sends it. Nothing was sent.", tool.name);
        let preview = self.link(&format!("api/tools/{}/preview", tool.name));
        Failure::new(ErrorCode::ApprovalRequired, message).hint(format!(
            "Preview and call the tool `{}` (POST {preview}): a person approves it.",
            tool.name
        ))
    }
}
