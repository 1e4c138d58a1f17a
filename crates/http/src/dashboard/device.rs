//! One device: its name, its rule, its token, its end.

use super::form::{Button, Form};
use super::html::When;
use super::named::Named;
use super::notice::Notice;
use super::page::{Frame, Page};
use super::programs::{self, Program};
use super::refusal::Refusal;
use super::rules::{self, RuleChoice};
use super::session::Session;
use crate::state::Doors;
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use keyferry_core::DeviceId;
use keyferry_identity::{DeviceError, DeviceToken};
use keyferry_store::{Device, Narrowing};
use serde::Deserialize;

#[derive(Debug, Template)]
#[template(path = "device.html")]
pub(super) struct DevicePage {
    frame: Frame,
    id: String,
    label: String,
    client: String,
    is_own: bool,
    is_over: bool,
    rule: &'static str,
    rules: Vec<RuleChoice>,
    narrowings: Vec<String>,
    programs: Vec<Program>,
    /// As the field has it: a name a line.
    shown_tools: String,
    token_end: Option<String>,
    created: When,
    last_used: Option<When>,
    last_address: Option<String>,
    expires: Option<When>,
    error: Option<String>,
}

/// A token, for the only time that it is shown.
#[derive(Debug, Template)]
#[template(path = "device_token.html")]
pub(super) struct TokenPage {
    frame: Frame,
    id: String,
    label: String,
    token: String,
    whoami: String,
}

impl TokenPage {
    pub(super) fn new(by: &Session, doors: &Doors, device: &Device, token: &DeviceToken) -> Self {
        Self {
            frame: by.frame(),
            id: device.id.to_string(),
            label: device.label.clone(),
            token: token.expose().to_owned(),
            whoami: doors.link("api/agent/whoami"),
        }
    }
}

/// `GET /dashboard/devices/{id}`
pub(super) async fn show(
    State(doors): State<Doors>,
    Named(id): Named<DeviceId>,
    session: Session,
) -> Result<Response, Refusal> {
    Ok(Page(page(&doors, &session, &id, None).await?).into_response())
}

impl DevicePage {
    /// With what was typed, for another try.
    pub(super) fn with_tools(self, typed: String) -> Self {
        Self { shown_tools: typed, ..self }
    }
}

pub(super) async fn page(
    doors: &Doors,
    by: &Session,
    id: &DeviceId,
    error: Option<String>,
) -> Result<DevicePage, Refusal> {
    let device = doors.identity.devices.get(by.principal(), id).await?;
    let narrowings = doors.identity.devices.narrowings(by.principal(), id).await?;
    let is_expired = device.expires_at.is_some_and(|at| at <= by.now);
    Ok(DevicePage {
        frame: by.frame(),
        id: device.id.to_string(),
        is_own: device.user == by.principal().user,
        is_over: device.revoked_at.is_some() || is_expired,
        rule: rules::title(device.rule),
        rules: rules::choices(device.rule),
        narrowings: narrowings.iter().map(narrowing).collect(),
        programs: programs::of_device(doors, by, id).await?,
        shown_tools: device.shown_tools.names().collect::<Vec<_>>().join("\n"),
        token_end: device.token_last4,
        created: When::new(device.created_at, by.now),
        last_used: device.last_used_at.map(|at| When::new(at, by.now)),
        last_address: device.last_address,
        expires: device.expires_at.map(|at| When::new(at, by.now)),
        label: device.label,
        client: device.client,
        error,
    })
}

/// A narrower rule in a sentence.
fn narrowing(one: &Narrowing) -> String {
    let parts = [
        one.tool.as_ref().map(|tool| format!("the tool {tool}")),
        one.integration.as_ref().map(|slug| format!("the integration {slug}")),
        one.connection.as_ref().map(|_| "one connection".to_owned()),
    ];
    let what: Vec<String> = parts.into_iter().flatten().collect();
    format!("{} for {}", rules::title(one.rule), what.join(", "))
}

#[derive(Debug, Deserialize)]
pub(super) struct NameForm {
    label: String,
}

/// `POST /dashboard/devices/{id}/name`
pub(super) async fn rename(
    State(doors): State<Doors>,
    Named(id): Named<DeviceId>,
    Form { by, fields }: Form<NameForm>,
) -> Result<Response, Refusal> {
    match doors.identity.devices.rename(by.principal(), &id, &fields.label).await {
        Ok(()) => Ok(Notice::DeviceRenamed.at(&doors, &path(&id))),
        Err(error @ DeviceError::NoLabel) => {
            Ok(Page(page(&doors, &by, &id, Some(error.to_string())).await?).not_taken())
        }
        Err(other) => Err(other.into()),
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct RuleForm {
    rule: String,
    trust_understood: Option<String>,
}

/// `POST /dashboard/devices/{id}/rule`
pub(super) async fn set_rule(
    State(doors): State<Doors>,
    Named(id): Named<DeviceId>,
    Form { by, fields }: Form<RuleForm>,
) -> Result<Response, Refusal> {
    match rules::chosen(&fields.rule, fields.trust_understood.is_some()) {
        Ok(rule) => {
            doors.identity.devices.set_rule(by.principal(), &id, rule).await?;
            Ok(Notice::RuleChanged.at(&doors, &path(&id)))
        }
        Err(sentence) => Ok(Page(page(&doors, &by, &id, Some(sentence.to_owned())).await?).not_taken()),
    }
}

/// `POST /dashboard/devices/{id}/token`: a new one, shown once; the one before is worth nothing.
pub(super) async fn new_token(
    State(doors): State<Doors>,
    Named(id): Named<DeviceId>,
    Form { by, fields: Button {} }: Form<Button>,
) -> Result<Response, Refusal> {
    let token = doors.identity.devices.new_token(by.principal(), &id).await?;
    let device = doors.identity.devices.get(by.principal(), &id).await?;
    Ok(Page(TokenPage::new(&by, &doors, &device, &token)).into_response())
}

/// `POST /dashboard/devices/{id}/revoke`
pub(super) async fn revoke(
    State(doors): State<Doors>,
    Named(id): Named<DeviceId>,
    Form { by, fields: Button {} }: Form<Button>,
) -> Result<Response, Refusal> {
    doors.identity.devices.revoke(by.principal(), &id).await?;
    Ok(Notice::DeviceRevoked.at(&doors, "/dashboard/devices"))
}

fn path(id: &DeviceId) -> String {
    format!("/dashboard/devices/{id}")
}

impl From<DeviceError> for Refusal {
    fn from(error: DeviceError) -> Self {
        match error {
            DeviceError::NotFound => Self::not_found(),
            DeviceError::Store(error) => error.into(),
            told => Self::not_allowed(told.to_string()),
        }
    }
}
