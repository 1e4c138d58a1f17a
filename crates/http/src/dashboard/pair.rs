//! Pairing by a code (RFC 8628). The code is typed, never filled in by a link: whoever sends a link must not be able to
//! choose which device is let in. It is asked for again with the decision.

use super::form::Form;
use super::html::When;
use super::page::{Frame, Page};
use super::refusal::Refusal;
use super::rules::{self, RuleChoice};
use super::session::{Session, Visitor};
use crate::state::Doors;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use keyferry_core::Rule;
use keyferry_identity::{Approval, Claim, ReviewError, Waiting};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(super) struct CodeForm {
    code: String,
}

#[derive(Debug, Template)]
#[template(path = "pair.html")]
pub(super) struct PairPage {
    frame: Frame,
    error: Option<String>,
}

/// `GET /dashboard/pair`
pub(super) async fn show(session: Session) -> Page<PairPage> {
    Page(PairPage { frame: session.frame(), error: None })
}

/// `POST /dashboard/pair`: what the code leads to.
pub(super) async fn look(
    State(doors): State<Doors>,
    visitor: Visitor,
    Form { by, fields }: Form<CodeForm>,
) -> Result<Response, Refusal> {
    let claim = Claim::Code(&fields.code);
    match doors.identity.pairings.look(by.principal(), claim, visitor.address()).await {
        Ok(waiting) => {
            Ok(Page(ReviewPage::new(&by, waiting, &visitor, Way::by_code(&fields.code))).into_response())
        }
        Err(error) => again(&by, error),
    }
}

/// What a person decides about a device, by whichever way it was found.
#[derive(Debug, Deserialize)]
pub(super) struct DecisionForm {
    code: Option<String>,
    decision: String,
    rule: Option<String>,
    trust_understood: Option<String>,
    from_elsewhere: Option<String>,
}

impl DecisionForm {
    pub(super) fn denies(&self) -> bool {
        self.decision != "approve"
    }

    /// The approval, or what is missing for it.
    pub(super) fn approval(&self) -> Result<Approval, &'static str> {
        let word = self.rule.as_deref().unwrap_or_default();
        let rule = rules::chosen(word, self.trust_understood.is_some())?;
        Ok(Approval { rule, from_elsewhere: self.from_elsewhere.is_some() })
    }
}

/// `POST /dashboard/pair/decision`
pub(super) async fn decide(
    State(doors): State<Doors>,
    visitor: Visitor,
    Form { by, fields }: Form<DecisionForm>,
) -> Result<Response, Refusal> {
    let code = fields.code.as_deref().unwrap_or_default();
    let claim = Claim::Code(code);
    let decided = decide_on(&doors, &by, &visitor, claim, &fields).await;
    let sentence = match decided {
        Ok(done) => return Ok(Page(done).into_response()),
        Err(Undecided::Incomplete(sentence)) => sentence,
        Err(Undecided::Review(error)) => return again(&by, error),
    };
    match doors.identity.pairings.look(by.principal(), claim, visitor.address()).await {
        Ok(waiting) => {
            let page = ReviewPage::new(&by, waiting, &visitor, Way::by_code(code));
            Ok(Page(page.with_error(sentence)).not_taken())
        }
        Err(error) => again(&by, error),
    }
}

/// Why a decision was not taken: something in the form, or the pairing itself.
pub(super) enum Undecided {
    Incomplete(String),
    Review(ReviewError),
}

/// Takes a decision on a pairing that was found by code or link.
pub(super) async fn decide_on(
    doors: &Doors,
    by: &Session,
    visitor: &Visitor,
    claim: Claim<'_>,
    form: &DecisionForm,
) -> Result<DecidedPage, Undecided> {
    let pairings = &doors.identity.pairings;
    if form.denies() {
        let denied = pairings.deny(by.principal(), claim, visitor.address()).await;
        denied.map_err(Undecided::Review)?;
        return Ok(DecidedPage { frame: by.frame(), label: None, rule: "" });
    }
    let approval = form.approval().map_err(|sentence| Undecided::Incomplete(sentence.to_owned()))?;
    match pairings.approve(by.principal(), claim, visitor.address(), &approval).await {
        Ok(waiting) => {
            let rule = if waiting.flow.shows_code() { approval.rule } else { Rule::ReadOnly };
            Ok(DecidedPage { frame: by.frame(), label: Some(waiting.label), rule: rules::title(rule) })
        }
        Err(error @ ReviewError::Elsewhere) => Err(Undecided::Incomplete(error.to_string())),
        Err(error) => Err(Undecided::Review(error)),
    }
}

/// The form for the code once more, with what is wrong.
fn again(by: &Session, error: ReviewError) -> Result<Response, Refusal> {
    let status = match &error {
        ReviewError::Unknown | ReviewError::Decided => StatusCode::UNPROCESSABLE_ENTITY,
        ReviewError::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
        _ => return Err(error.into()),
    };
    let page = PairPage { frame: by.frame(), error: Some(error.to_string()) };
    Ok(Page(page).with_status(status))
}

/// Where the decision goes, and what proves that the person has the code or the link.
#[derive(Debug)]
pub(super) struct Way {
    action: String,
    code: Option<String>,
}

impl Way {
    fn by_code(code: &str) -> Self {
        Self { action: "/dashboard/pair/decision".to_owned(), code: Some(code.to_owned()) }
    }

    pub(super) fn by_link(path: &str) -> Self {
        Self { action: path.to_owned(), code: None }
    }
}

#[derive(Debug, Template)]
#[template(path = "pair_review.html")]
pub(super) struct ReviewPage {
    frame: Frame,
    team: String,
    way: Way,
    label: String,
    client: String,
    address: String,
    browser_address: String,
    same_address: bool,
    same_network: bool,
    began: When,
    ends: When,
    /// Empty for a device that shows no code: it starts read-only.
    rules: Vec<RuleChoice>,
    error: Option<String>,
}

impl ReviewPage {
    pub(super) fn new(by: &Session, waiting: Waiting, visitor: &Visitor, way: Way) -> Self {
        let browser_address = visitor.address().to_canonical().to_string();
        let rules = if waiting.flow.shows_code() { rules::choices(Rule::Confirm) } else { Vec::new() };
        Self {
            frame: by.frame(),
            team: by.team_name().to_owned(),
            way,
            same_address: waiting.address == browser_address,
            same_network: waiting.same_network,
            label: waiting.label,
            client: waiting.client,
            address: waiting.address,
            browser_address,
            began: When::new(waiting.created_at, by.now),
            ends: When::new(waiting.expires_at, by.now),
            rules,
            error: None,
        }
    }

    /// What has to be ticked, since the device is somewhere else.
    fn tick_if_elsewhere(&self) -> Option<&'static str> {
        (!self.same_network).then_some("I know why it is in another network")
    }

    pub(super) fn with_error(self, sentence: String) -> Self {
        Self { error: Some(sentence), ..self }
    }
}

#[derive(Debug, Template)]
#[template(path = "pair_decided.html")]
pub(super) struct DecidedPage {
    frame: Frame,
    /// The device's name when it was let in; nothing when it was refused.
    label: Option<String>,
    rule: &'static str,
}

impl From<ReviewError> for Refusal {
    fn from(error: ReviewError) -> Self {
        let sentence = error.to_string();
        match error {
            ReviewError::TooMany(wait) => Self::too_many(sentence, wait),
            ReviewError::Decided | ReviewError::Unknown => Self::link_over(sentence),
            ReviewError::Viewer | ReviewError::Elsewhere => Self::not_allowed(sentence),
            ReviewError::WindowClosed => Self::new(
                StatusCode::FORBIDDEN,
                sentence,
                "Then follow the link again, or let your agent begin once more. Open the window only when you yourself \
                 are pairing a device right now.",
            ),
            ReviewError::Store(error) => error.into(),
        }
    }
}
