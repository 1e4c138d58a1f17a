//! One connection: how its keys are, replacing one, testing again, its name, its end.

use super::connect::Asked;
use super::connections::{SlotBadge, badge};
use super::form::{Button, Form};
use super::html::When;
use super::named::{Named, NumberAndName};
use super::notice::Notice;
use super::page::{Frame, Page};
use super::query::Query;
use super::refusal::Refusal;
use super::session::Session;
use super::slot::{self, SlotFields, Typed};
use crate::state::Doors;
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use keyferry_broker::view::{ConnectionView, RegionChoice, SlotView};
use keyferry_broker::{ConnectionEdit, visible_text};
use keyferry_core::{ExposeSecret, SecretString};
use keyferry_upstream::SlotVerdict;
use serde::Deserialize;

/// A slot with what is known of its key, and the form for another.
#[derive(Debug)]
struct SlotCard {
    form: SlotFields,
    badge: SlotBadge,
    filled: bool,
    said: Option<String>,
    tested: Option<When>,
    error: Option<String>,
}

#[derive(Debug)]
struct DeviceUse {
    label: String,
    last_used: Option<When>,
}

#[derive(Debug, Template)]
#[template(path = "connection.html")]
struct ConnectionPage {
    frame: Frame,
    number: i64,
    label: String,
    integration: String,
    region: String,
    shared: bool,
    is_default: bool,
    needs_person: bool,
    may_change: bool,
    slots: Vec<SlotCard>,
    created: Option<When>,
    last_used: Option<When>,
    used_by: Vec<DeviceUse>,
    /// The link of the device that waits for this connection.
    session: Option<SecretString>,
    error: Option<String>,
}

impl ConnectionPage {
    /// The page with a sentence at one of its slots.
    fn with_slot_error(mut self, slot: &str, sentence: String) -> Self {
        match self.slots.iter_mut().find(|card| card.form.slot == slot) {
            Some(card) => card.error = Some(sentence),
            None => self.error = Some(sentence),
        }
        self
    }
}

/// `GET /dashboard/connections/{number}`
pub(super) async fn show(
    State(doors): State<Doors>,
    Named(number): Named<i64>,
    by: Session,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let page = page(&doors, &by, number, &Typed::new()).await?;
    Ok(Page(ConnectionPage { session: asked.session, ..page }).into_response())
}

async fn page(doors: &Doors, by: &Session, number: i64, typed: &Typed) -> Result<ConnectionPage, Refusal> {
    let one = doors.broker.connection(by.principal(), number).await?;
    let form = doors.broker.connect_form(&one.integration)?;
    let used_by = doors.broker.devices_using(by.principal(), number).await?;
    let role = by.principal().role;
    let used_by = used_by.into_iter().map(|device| DeviceUse {
        label: visible_text(&device.label).into_owned(),
        last_used: When::of_text(&device.last_used_at, by.now),
    });
    Ok(ConnectionPage {
        frame: by.frame(),
        number,
        integration: form.name,
        may_change: if one.shared { role.may_manage() } else { role.may_connect() },
        slots: cards(form.slots, &one, typed, by),
        label: one.label,
        region: region_label(&form.regions, &one.region),
        shared: one.shared,
        is_default: one.is_default,
        needs_person: one.state == "needs_reauth",
        created: When::of_text(&one.created_at, by.now),
        last_used: one.last_used_at.as_deref().and_then(|text| When::of_text(text, by.now)),
        used_by: used_by.collect(),
        session: None,
        error: None,
    })
}

/// As the person chose it; the catalog may have lost it since.
fn region_label(choices: &[RegionChoice], name: &str) -> String {
    let choice = choices.iter().find(|choice| choice.name == name);
    choice.map_or(name, |choice| choice.label.as_str()).to_owned()
}

fn cards(
    forms: Vec<keyferry_broker::view::SlotForm>,
    one: &ConnectionView,
    typed: &Typed,
    by: &Session,
) -> Vec<SlotCard> {
    let filled = |name: &str| one.slots.iter().find(|slot| slot.name == name);
    let cards = forms.into_iter().filter_map(|form| Some((filled(&form.slot)?, form)));
    cards.map(|(slot, form)| card(slot, SlotFields::new(form, typed), by)).collect()
}

fn card(slot: &SlotView, mut form: SlotFields, by: &Session) -> SlotCard {
    for field in form.fields.iter_mut().filter(|field| field.value.is_empty()) {
        field.value = slot.fields.get(&field.name).cloned().unwrap_or_default();
    }
    let health = slot.health.as_ref();
    let said = health.and_then(|health| health.message.as_deref());
    let tested = health.and_then(|health| health.tested_at.as_deref());
    SlotCard {
        form,
        badge: badge(slot),
        filled: slot.filled,
        said: said.map(|text| match slot.filled && health.is_some_and(|health| health.state == "refused") {
            true => format!("Refused by {}", visible_text(text)),
            false => visible_text(text).into_owned(),
        }),
        tested: tested.and_then(|text| When::of_text(text, by.now)),
        error: None,
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct KeyForm {
    session: Option<SecretString>,
    #[serde(flatten)]
    typed: Typed,
}

/// `POST /dashboard/connections/{number}/slots/{slot}`: tests a key and saves it.
pub(super) async fn save_key(
    State(doors): State<Doors>,
    NumberAndName(number, slot): NumberAndName,
    Form { by, fields }: Form<KeyForm>,
) -> Result<Response, Refusal> {
    let before = page(&doors, &by, number, &fields.typed).await?;
    let card = before.slots.iter().find(|card| card.form.slot == slot).ok_or_else(Refusal::not_found)?;
    let (label, input) = (card.form.label.clone(), card.form.input(&fields.typed));
    let token = fields.session.filter(|token| !token.expose_secret().is_empty());
    let before = ConnectionPage { session: token.clone(), ..before };
    let input = match input.and_then(|typed| typed.ok_or_else(|| format!("Enter the {label}."))) {
        Ok(input) => input,
        Err(sentence) => return Ok(Page(before.with_slot_error(&slot, sentence)).not_taken()),
    };
    let saved = match doors.broker.save_slot(by.principal(), number, input).await {
        Ok(saved) => saved,
        Err(failure) => {
            let sentence = slot::mendable(failure)?;
            return Ok(Page(before.with_slot_error(&slot, sentence)).not_taken());
        }
    };
    if let (SlotVerdict::Refused { .. }, Some(sentence)) =
        (&saved.verdict, slot::complaint(&label, &saved.verdict))
    {
        let after = ConnectionPage { session: token, ..page(&doors, &by, number, &fields.typed).await? };
        let rest = if saved.kept { "" } else { " The key before it works and stays in its place." };
        return Ok(Page(after.with_slot_error(&slot, format!("{sentence}.{rest}"))).not_taken());
    }
    if let Some(token) = token {
        doors.broker.complete_connect(by.principal(), &token, number).await?;
    }
    Ok(Notice::KeySaved.at(&doors, &path(number)))
}

/// `POST /dashboard/connections/{number}/slots/{slot}/remove`
pub(super) async fn remove_key(
    State(doors): State<Doors>,
    NumberAndName(number, slot): NumberAndName,
    Form { by, fields: Button {} }: Form<Button>,
) -> Result<Response, Refusal> {
    doors.broker.clear_slot(by.principal(), number, &slot).await?;
    Ok(Notice::KeyRemoved.at(&doors, &path(number)))
}

/// `POST /dashboard/connections/{number}/test`
pub(super) async fn test(
    State(doors): State<Doors>,
    Named(number): Named<i64>,
    Form { by, fields: Button {} }: Form<Button>,
) -> Result<Response, Refusal> {
    doors.broker.test_connection(by.principal(), number).await?;
    Ok(Notice::Tested.at(&doors, &path(number)))
}

#[derive(Debug, Deserialize)]
pub(super) struct NameForm {
    label: String,
}

/// `POST /dashboard/connections/{number}/name`
pub(super) async fn rename(
    State(doors): State<Doors>,
    Named(number): Named<i64>,
    Form { by, fields }: Form<NameForm>,
) -> Result<Response, Refusal> {
    let edit = ConnectionEdit { label: Some(fields.label), make_default: false };
    match doors.broker.edit_connection(by.principal(), number, &edit).await {
        Ok(_) => Ok(Notice::ConnectionRenamed.at(&doors, &path(number))),
        Err(failure) => {
            let error = Some(slot::mendable(failure)?);
            let page = page(&doors, &by, number, &Typed::new()).await?;
            Ok(Page(ConnectionPage { error, ..page }).not_taken())
        }
    }
}

/// `POST /dashboard/connections/{number}/default`
pub(super) async fn make_default(
    State(doors): State<Doors>,
    Named(number): Named<i64>,
    Form { by, fields: Button {} }: Form<Button>,
) -> Result<Response, Refusal> {
    let edit = ConnectionEdit { label: None, make_default: true };
    doors.broker.edit_connection(by.principal(), number, &edit).await?;
    Ok(Notice::DefaultChanged.at(&doors, &path(number)))
}

/// `POST /dashboard/connections/{number}/disconnect`
pub(super) async fn disconnect(
    State(doors): State<Doors>,
    Named(number): Named<i64>,
    Form { by, fields: Button {} }: Form<Button>,
) -> Result<Response, Refusal> {
    doors.broker.disconnect(by.principal(), number).await?;
    Ok(Notice::Disconnected.at(&doors, "/dashboard/connections"))
}

fn path(number: i64) -> String {
    format!("/dashboard/connections/{number}")
}
