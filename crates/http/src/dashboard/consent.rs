//! A program asks, by OAuth's code flow, to act for the person. Asked each time, whatever was answered before: the
//! program's name is its own word, and only where it leads back to is known.

use super::form::Form;
use super::html::When;
use super::page::{Frame, Page};
use super::pair::DecisionForm;
use super::query::Query;
use super::refusal::Refusal;
use super::rules::{self, RuleChoice};
use super::session::{Session, Visitor};
use crate::oauth::authorize::{AuthorizeQuery, NotAsked};
use crate::security_headers;
use crate::state::Doors;
use askama::Template;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use keyferry_core::{ExposeSecret, Rule};
use keyferry_identity::{AllowError, Destination, Wish};
use url::Url;

#[derive(Debug, Template)]
#[template(path = "consent.html")]
struct ConsentPage {
    frame: Frame,
    team: String,
    name: String,
    registered: When,
    address: String,
    browser_address: String,
    /// Nobody let it in yet.
    is_new: bool,
    destination: Destination,
    /// The address of this page, with what the program asks: the form goes there.
    action: String,
    rules: Vec<RuleChoice>,
    error: Option<String>,
}

/// `GET /oauth/authorize`
pub(super) async fn show(
    State(doors): State<Doors>,
    session: Session,
    visitor: Visitor,
    uri: Uri,
    Query(asked): Query<AuthorizeQuery>,
) -> Result<Response, Refusal> {
    let wish = asked.wish(&doors).await?;
    Ok(ConsentPage::new(&session, &visitor, &wish, &uri).into_response(&wish, StatusCode::OK))
}

/// `POST /oauth/authorize`
pub(super) async fn decide(
    State(doors): State<Doors>,
    visitor: Visitor,
    uri: Uri,
    Query(asked): Query<AuthorizeQuery>,
    Form { by, fields }: Form<DecisionForm>,
) -> Result<Response, Refusal> {
    let wish = asked.wish(&doors).await?;
    if fields.denies() {
        return Ok(back(&asked.answer(&doors, &wish, "error", "access_denied")));
    }
    let rule = match chosen(&fields, &wish) {
        Ok(rule) => rule,
        Err(sentence) => {
            let page = ConsentPage { error: Some(sentence), ..ConsentPage::new(&by, &visitor, &wish, &uri) };
            return Ok(page.into_response(&wish, StatusCode::UNPROCESSABLE_ENTITY));
        }
    };
    let code = doors.identity.oauth.allow(by.principal(), &wish, rule).await?;
    Ok(back(&asked.answer(&doors, &wish, "code", code.expose_secret())))
}

/// The rule that was chosen, or what is missing. A code that leaves this computer takes a tick: whoever sent the person
/// a link could be the one who waits for it there.
fn chosen(fields: &DecisionForm, wish: &Wish) -> Result<Rule, String> {
    let approval = fields.approval()?;
    match wish.redirect.destination() {
        Destination::Site(site) if !approval.from_elsewhere => {
            Err(format!("Tick the box if you yourself began this at {site}; otherwise deny it."))
        }
        _ => Ok(approval.rule),
    }
}

fn back(address: &str) -> Response {
    Redirect::to(address).into_response()
}

impl ConsentPage {
    fn new(by: &Session, visitor: &Visitor, wish: &Wish, uri: &Uri) -> Self {
        Self {
            frame: by.frame(),
            team: by.team_name().to_owned(),
            name: wish.client.name.clone(),
            registered: When::new(wish.client.created_at, by.now),
            address: wish.client.address.clone(),
            browser_address: visitor.address().to_canonical().to_string(),
            is_new: wish.client.used_at.is_none(),
            destination: wish.redirect.destination(),
            action: uri.path_and_query().map_or_else(String::new, ToString::to_string),
            rules: rules::choices(Rule::Confirm),
            error: None,
        }
    }

    /// What has to be ticked, since what is allowed leaves this computer.
    fn tick_if_elsewhere(&self) -> Option<String> {
        match &self.destination {
            Destination::Site(site) => Some(format!("I began this myself at {site}")),
            _ => None,
        }
    }

    /// The page, whose form may lead to the program besides this gateway: browsers hold a form's redirects to the same
    /// policy as the form.
    fn into_response(self, wish: &Wish, status: StatusCode) -> Response {
        let mut response = Page(self).with_status(status);
        let policy = security_headers::policy_with_form_action(&form_action(wish.redirect.as_str()));
        if let Ok(policy) = HeaderValue::from_str(&policy) {
            response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        response
    }
}

/// The address as a content security policy names it: its origin, or its scheme where it has none or where the policy's
/// grammar knows no such host (an IPv6 address).
fn form_action(redirect: &str) -> String {
    let Ok(url) = Url::parse(redirect) else { return String::new() };
    match url.host() {
        Some(url::Host::Domain(_) | url::Host::Ipv4(_)) if url.origin().is_tuple() => {
            url.origin().ascii_serialization()
        }
        _ => format!("{}:", url.scheme()),
    }
}

impl From<NotAsked> for Refusal {
    fn from(error: NotAsked) -> Self {
        match error {
            NotAsked::Wrong(code, what) => Self::new(
                StatusCode::BAD_REQUEST,
                format!(
                    "The program did not ask as it should, so you are not asked either: {what} ({code})."
                ),
                "Go back to the program and let it begin again. If a link led you here that you did not expect, close \
                 this page.",
            ),
            NotAsked::Store(error) => error.into(),
        }
    }
}

impl From<AllowError> for Refusal {
    fn from(error: AllowError) -> Self {
        let sentence = error.to_string();
        match error {
            AllowError::Viewer => Self::not_allowed(sentence),
            AllowError::Over => Self::link_over(sentence),
            AllowError::Store(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_may_lead_to_the_program_and_no_further() {
        for (redirect, expected) in [
            ("https://good.example/cb?x=y", "https://good.example"),
            ("http://127.0.0.1:33418/", "http://127.0.0.1:33418"),
            ("http://[::1]:33418/", "http:"),
            ("cursor://anysphere/cb", "cursor:"),
            ("com.example.app:/cb", "com.example.app:"),
        ] {
            assert_eq!(form_action(redirect), expected);
        }
    }
}
