//! Connecting an account: where it is, whose it is, and its keys, each tested as it is saved.
//!
//! A link that a device began (`?session=`) leads here. It works for a signed-in member of that device's team who may
//! connect, and is nothing to anyone else; the page names the team, the owner and the device.

use super::form::Form;
use super::named::Named;
use super::notice::Notice;
use super::page::{Frame, Page};
use super::query::Query;
use super::refusal::Refusal;
use super::session::Session;
use super::slot::{self, SlotFields, Typed};
use crate::state::Doors;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use keyferry_broker::view::{ConnectForm, RegionChoice};
use keyferry_broker::{Connected, NewConnection, SlotInput};
use keyferry_core::{ExposeSecret, Region, SecretString};
use keyferry_store::ConnectStatus;
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    pub(super) session: Option<SecretString>,
}

/// Who asked for the connection.
#[derive(Debug)]
struct Asker {
    person: String,
    is_self: bool,
    device: Option<String>,
    token: SecretString,
}

#[derive(Debug, Template)]
#[template(path = "connect.html")]
struct ConnectPage {
    frame: Frame,
    team: String,
    slug: String,
    name: String,
    description: String,
    regions: Vec<RegionChoice>,
    region: String,
    label: String,
    may_share: bool,
    shared: bool,
    slots: Vec<SlotFields>,
    asker: Option<Asker>,
    error: Option<String>,
}

impl ConnectPage {
    fn new(by: &Session, form: ConnectForm, asker: Option<Asker>, typed: &Typed) -> Self {
        Self {
            frame: by.frame(),
            team: by.team_name().to_owned(),
            slug: form.slug,
            name: form.name,
            description: form.description,
            regions: form.regions,
            region: String::new(),
            label: String::new(),
            may_share: by.principal().role.may_manage(),
            shared: false,
            slots: form.slots.into_iter().map(|slot| SlotFields::new(slot, typed)).collect(),
            asker,
            error: None,
        }
    }

    /// What was typed into the slots that are not empty.
    fn inputs(&self, typed: &Typed) -> Result<Vec<SlotInput>, String> {
        let mut inputs = Vec::new();
        for slot in &self.slots {
            inputs.extend(slot.input(typed)?);
        }
        if inputs.is_empty() { Err("Enter at least one key.".to_owned()) } else { Ok(inputs) }
    }
}

/// `GET /dashboard/connect/{slug}?session=`
pub(super) async fn show(
    State(doors): State<Doors>,
    Named(slug): Named<String>,
    by: Session,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let (form, asker) = whom(&doors, &by, &slug, asked.session).await?;
    Ok(Page(ConnectPage::new(&by, form, asker, &Typed::new())).into_response())
}

#[derive(Debug, Deserialize)]
pub(super) struct ConnectFields {
    label: String,
    region: String,
    whose: Option<String>,
    session: Option<SecretString>,
    #[serde(flatten)]
    typed: Typed,
}

/// `POST /dashboard/connect/{slug}`
pub(super) async fn connect(
    State(doors): State<Doors>,
    Named(slug): Named<String>,
    Form { by, fields }: Form<ConnectFields>,
) -> Result<Response, Refusal> {
    let ConnectFields { label, region, whose, session, typed } = fields;
    let (form, asker) = whom(&doors, &by, &slug, session).await?;
    let shared = whose.as_deref() == Some("team");
    let page = ConnectPage { label, region, shared, ..ConnectPage::new(&by, form, asker, &typed) };
    let inputs = match page.inputs(&typed) {
        Ok(inputs) => inputs,
        Err(sentence) => return Ok(Page(ConnectPage { error: Some(sentence), ..page }).not_taken()),
    };
    let new = NewConnection {
        integration: slug,
        region: Region::new(page.region.clone()),
        label: page.label.clone(),
        shared,
    };
    let link = page.asker.as_ref().map(|asker| &asker.token);
    match doors.broker.connect_with(by.principal(), &new, inputs, link).await {
        Ok(connected) => Ok(finish(&doors, &connected, link)),
        Err(failure) => {
            let sentence = slot::mendable(failure)?;
            Ok(Page(ConnectPage { error: Some(sentence), ..page }).not_taken())
        }
    }
}

/// Shows the connection with what each test said. A device's link that did not end with it goes on there.
fn finish(doors: &Doors, connected: &Connected, link: Option<&SecretString>) -> Response {
    let mut path = format!("/dashboard/connections/{}", connected.connection.number);
    if let Some(token) = link.filter(|_| !connected.link_ended) {
        let token: String = url::form_urlencoded::byte_serialize(token.expose_secret().as_bytes()).collect();
        path = format!("{path}?session={token}");
    }
    let all_good = connected.verdicts.iter().all(|verdict| slot::complaint("key", verdict).is_none());
    let notice = if all_good { Notice::Connected } else { Notice::ConnectedInPart };
    notice.at(doors, &path)
}

/// The form of an integration, and who asked for it. Both are as if they didn't exist for who may not connect.
async fn whom(
    doors: &Doors,
    by: &Session,
    slug: &str,
    token: Option<SecretString>,
) -> Result<(ConnectForm, Option<Asker>), Refusal> {
    let token = token.filter(|token| !token.expose_secret().is_empty());
    let asker = match token {
        Some(token) => Some(asker(doors, by, slug, token).await?),
        None if by.principal().role.may_connect() => None,
        None => {
            return Err(Refusal::not_allowed(
                "As a viewer of this team you can’t connect accounts; ask an administrator.",
            ));
        }
    };
    Ok((doors.broker.connect_form(slug)?, asker))
}

async fn asker(doors: &Doors, by: &Session, slug: &str, token: SecretString) -> Result<Asker, Refusal> {
    let request = doors.broker.connect_request(by.principal(), &token).await?;
    if request.integration != slug {
        return Err(Refusal::not_found());
    }
    if request.status != ConnectStatus::Awaiting {
        return Err(link_is_over(request.status));
    }
    let members = doors.identity.members.list(by.principal()).await?;
    let person = members.into_iter().find(|member| member.user == request.user);
    Ok(Asker {
        person: person.map(|member| member.name).unwrap_or_default(),
        is_self: request.user == by.principal().user,
        device: request.device_label,
        token,
    })
}

fn link_is_over(status: ConnectStatus) -> Refusal {
    let sentence = match status {
        ConnectStatus::Connected => "This link was used: the account is connected.",
        _ => "This link has expired.",
    };
    Refusal::new(
        StatusCode::GONE,
        sentence,
        "Let the agent ask for a new link, or connect from the dashboard.",
    )
}
