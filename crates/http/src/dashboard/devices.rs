//! The devices of a person, the window for pairing without a code, and devices made by hand.

use super::device::TokenPage;
use super::form::{Button, Form};
use super::html::When;
use super::notice::Notice;
use super::page::{Frame, Page};
use super::refusal::Refusal;
use super::rules::{self, RuleChoice};
use super::session::Session;
use crate::state::Doors;
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use keyferry_core::{Rule, Timestamp};
use keyferry_identity::{DeviceError, NewDevice, WindowError};
use keyferry_store::{Device, Member};
use serde::Deserialize;

const HERE: &str = "/dashboard/devices";
/// What a device that was made by hand is said to be; nobody asked for it.
const BY_HAND: &str = "made by hand";

/// One line of the list.
#[derive(Debug)]
struct Row {
    id: String,
    label: String,
    client: String,
    owner: Option<String>,
    rule: &'static str,
    last_used: Option<When>,
    last_address: Option<String>,
    created: When,
}

#[derive(Debug, Template)]
#[template(path = "devices.html")]
struct DevicesPage {
    frame: Frame,
    devices: Vec<Row>,
    revoked: Vec<Row>,
    may_add: bool,
    window: Option<When>,
    label: String,
    rules: Vec<RuleChoice>,
    error: Option<String>,
}

/// `GET /dashboard/devices`
pub(super) async fn show(State(doors): State<Doors>, session: Session) -> Result<Response, Refusal> {
    Ok(Page(page(&doors, &session).await?).into_response())
}

async fn page(doors: &Doors, session: &Session) -> Result<DevicesPage, Refusal> {
    let person = session.principal();
    let (all, members) =
        (doors.identity.devices.list(person).await?, doors.identity.members.list(person).await?);
    let (alive, ended): (Vec<&Device>, Vec<&Device>) =
        all.iter().partition(|device| is_alive(device, session.now));
    let rows =
        |devices: Vec<&Device>| devices.into_iter().map(|device| row(device, session, &members)).collect();
    let window = doors.identity.pairings.window(person).await?;
    Ok(DevicesPage {
        frame: session.frame(),
        devices: rows(alive),
        revoked: rows(ended),
        may_add: person.role.may_connect(),
        window: window.map(|until| When::new(until, session.now)),
        label: String::new(),
        rules: rules::choices(Rule::Confirm),
        error: None,
    })
}

fn is_alive(device: &Device, now: Timestamp) -> bool {
    device.revoked_at.is_none() && device.expires_at.is_none_or(|at| at > now)
}

fn row(device: &Device, session: &Session, members: &[Member]) -> Row {
    let owner = members.iter().find(|member| member.user == device.user);
    let is_own = device.user == session.principal().user;
    Row {
        id: device.id.to_string(),
        label: device.label.clone(),
        client: device.client.clone(),
        owner: owner.filter(|_| !is_own).map(|member| member.name.clone()),
        rule: rules::title(device.rule),
        last_used: device.last_used_at.map(|at| When::new(at, session.now)),
        last_address: device.last_address.clone(),
        created: When::new(device.created_at, session.now),
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct NewDeviceForm {
    label: String,
    rule: String,
    trust_understood: Option<String>,
}

/// `POST /dashboard/devices`: a device without pairing. Its token is shown once.
pub(super) async fn create(
    State(doors): State<Doors>,
    Form { by, fields }: Form<NewDeviceForm>,
) -> Result<Response, Refusal> {
    let made = match rules::chosen(&fields.rule, fields.trust_understood.is_some()) {
        Err(sentence) => Err(sentence.to_owned()),
        Ok(rule) => {
            let new = NewDevice { label: &fields.label, client: BY_HAND, rule, expires_at: None };
            match doors.identity.devices.create(by.principal(), &new).await {
                Err(error @ DeviceError::NoLabel) => Err(error.to_string()),
                made => Ok(made?),
            }
        }
    };
    match made {
        Ok((device, token)) => Ok(Page(TokenPage::new(&by, &doors, &device, &token)).into_response()),
        Err(sentence) => {
            let page = page(&doors, &by).await?;
            Ok(Page(DevicesPage { label: fields.label, error: Some(sentence), ..page }).not_taken())
        }
    }
}

/// `POST /dashboard/devices/window`: opens it for ten minutes.
pub(super) async fn open_window(
    State(doors): State<Doors>,
    Form { by, fields: Button {} }: Form<Button>,
) -> Result<Response, Refusal> {
    match doors.identity.pairings.open_window(by.principal()).await {
        Ok(_) => Ok(Notice::WindowOpened.at(&doors, HERE)),
        Err(error @ WindowError::Viewer) => Err(Refusal::not_allowed(error.to_string())),
        Err(WindowError::Store(error)) => Err(error.into()),
    }
}

/// `POST /dashboard/devices/window/close`
pub(super) async fn close_window(
    State(doors): State<Doors>,
    Form { by, fields: Button {} }: Form<Button>,
) -> Result<Response, Refusal> {
    doors.identity.pairings.close_window(by.principal()).await?;
    Ok(Notice::WindowClosed.at(&doors, HERE))
}
