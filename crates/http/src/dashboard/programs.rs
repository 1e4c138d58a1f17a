//! Programs that speak an upstream's own language: where they send to, and which changes a device may send there
//! without a preview.

use super::form::Form;
use super::html::When;
use super::named::Named;
use super::notice::Notice;
use super::refusal::Refusal;
use super::session::Session;
use crate::state::Doors;
use axum::extract::State;
use axum::response::Response;
use keyferry_broker::proxy::ProxiedApi;
use keyferry_core::DeviceId;
use serde::Deserialize;

/// One API on a device's page.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) api: ProxiedApi,
    /// Since when its changes pass.
    pub(super) since: Option<When>,
}

/// Every API whose changes could be let through.
pub(super) async fn of_device(
    doors: &Doors,
    by: &Session,
    device: &DeviceId,
) -> Result<Vec<Program>, Refusal> {
    let grants = doors.identity.devices.proxy_grants(by.principal(), device).await?;
    let program = |api: ProxiedApi| {
        let given = grants.iter().find(|one| one.integration == api.integration && one.api == api.api);
        Program { since: given.map(|grant| When::new(grant.granted_at, by.now)), api }
    };
    Ok(doors.broker.grantable_apis().into_iter().map(program).collect())
}

#[derive(Debug, Deserialize)]
pub(super) struct ApiForm {
    integration: String,
    api: String,
}

impl ApiForm {
    /// Nothing is given for an API that does not exist or has no changes.
    fn named<'f>(&'f self, doors: &Doors) -> Result<(&'f str, &'f str), Refusal> {
        let is = |one: &ProxiedApi| one.integration == self.integration && one.api == self.api;
        let known = doors.broker.grantable_apis().iter().any(is);
        known.then_some((self.integration.as_str(), self.api.as_str())).ok_or_else(Refusal::not_found)
    }
}

/// `POST /dashboard/devices/{id}/programs`
pub(super) async fn give(
    State(doors): State<Doors>,
    Named(id): Named<DeviceId>,
    Form { by, fields }: Form<ApiForm>,
) -> Result<Response, Refusal> {
    let api = fields.named(&doors)?;
    doors.identity.devices.grant_proxy(by.principal(), &id, api).await?;
    Ok(Notice::ChangesPass.at(&doors, &format!("/dashboard/devices/{id}")))
}

/// `POST /dashboard/devices/{id}/programs/end`: also for an API that is no longer there.
pub(super) async fn take_back(
    State(doors): State<Doors>,
    Named(id): Named<DeviceId>,
    Form { by, fields }: Form<ApiForm>,
) -> Result<Response, Refusal> {
    let api = (fields.integration.as_str(), fields.api.as_str());
    doors.identity.devices.take_back_proxy(by.principal(), &id, api).await?;
    Ok(Notice::ChangesStop.at(&doors, &format!("/dashboard/devices/{id}")))
}
