//! The signed-in person that a page is for. A handler that takes a [`Session`] can't run without one; no device token
//! is looked at here, ever.

use super::cookie::{self, Jar};
use super::next::Next;
use super::notice::Notice;
use super::page::{Frame, OtherTeam, Who};
use super::refusal::Refusal;
use crate::client_address::ClientAddress;
use crate::state::Doors;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, Uri, header};
use keyferry_core::{Principal, Timestamp};
use keyferry_identity::{Browser, SessionError, SignedIn};
use keyferry_store::Membership;
use std::convert::Infallible;
use std::net::IpAddr;

/// A person in a browser.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) signed_in: SignedIn,
    memberships: Vec<Membership>,
    notice: Option<Notice>,
    /// The path that was asked for.
    path: String,
    /// When the request came.
    pub(super) now: Timestamp,
}

impl Session {
    async fn find(doors: &Doors, parts: &Parts) -> Result<Option<Self>, Refusal> {
        let headers = &parts.headers;
        let Some(secret) = cookie::session_secret(doors, headers) else { return Ok(None) };
        let signed_in = match doors.identity.sessions.find(&secret).await {
            Ok(signed_in) => signed_in,
            Err(SessionError::Over) => return Ok(None),
            Err(other) => return Err(other.into()),
        };
        let memberships = doors.identity.members.teams_of(&signed_in.principal.user).await?;
        let notice = Jar::Notice.read(doors, headers).and_then(|word| Notice::of_word(&word));
        let path = parts.uri.path().to_owned();
        Ok(Some(Self { signed_in, memberships, notice, path, now: doors.clock.now() }))
    }

    pub(super) fn principal(&self) -> &Principal {
        &self.signed_in.principal
    }

    /// Whether the person entered the password within the last ten minutes.
    pub(super) fn is_fresh(&self) -> bool {
        self.signed_in.is_fresh(self.now)
    }

    pub(super) fn team_name(&self) -> &str {
        let own = self.memberships.iter().find(|one| one.team == self.principal().team);
        own.map_or("", |one| one.team_name.as_str())
    }

    /// What stands around each page of this person.
    pub(super) fn frame(&self) -> Frame {
        let others = self.memberships.iter().filter(|one| one.team != self.principal().team);
        let other_teams =
            others.map(|one| OtherTeam { id: one.team.to_string(), name: one.team_name.clone() }).collect();
        let who = Who {
            name: self.signed_in.user.name.clone(),
            team: self.team_name().to_owned(),
            other_teams,
            csrf: self.signed_in.csrf().to_owned(),
        };
        Frame { who: Some(who), notice: self.notice, path: self.path.clone() }
    }
}

impl FromRequestParts<Doors> for Session {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, doors: &Doors) -> Result<Self, Refusal> {
        let found = Self::find(doors, parts).await?;
        found.ok_or_else(|| nobody(&parts.method, &parts.uri))
    }
}

/// A page comes after the sign-in; what a form held is lost, and the person is told so.
fn nobody(method: &Method, uri: &Uri) -> Refusal {
    if method.is_safe() { Refusal::SignIn(Next::of_uri(uri)) } else { Refusal::session_over() }
}

/// The signed-in person, or nobody, on pages that both may see.
#[derive(Debug)]
pub(super) struct MaybeSession(pub(super) Option<Session>);

impl MaybeSession {
    /// The frame for whoever it is.
    pub(super) fn frame(&self, doors: &Doors, headers: &HeaderMap) -> Frame {
        match &self.0 {
            Some(session) => session.frame(),
            None => {
                let notice = Jar::Notice.read(doors, headers).and_then(|word| Notice::of_word(&word));
                Frame { notice, ..Frame::default() }
            }
        }
    }
}

impl FromRequestParts<Doors> for MaybeSession {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, doors: &Doors) -> Result<Self, Refusal> {
        Session::find(doors, parts).await.map(Self)
    }
}

/// The browser that asks, whoever is in front of it.
#[derive(Debug)]
pub(super) struct Visitor(pub(super) Browser);

impl Visitor {
    pub(super) fn address(&self) -> IpAddr {
        self.0.address
    }
}

impl FromRequestParts<Doors> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, doors: &Doors) -> Result<Self, Infallible> {
        let ClientAddress(address) = ClientAddress::from_request_parts(parts, doors).await?;
        let agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or("");
        Ok(Self(Browser { address, user_agent: agent.to_owned() }))
    }
}

impl From<SessionError> for Refusal {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Over => Self::session_over(),
            SessionError::NoTeam => {
                Self::not_allowed("Your account belongs to no team; ask for an invitation.")
            }
            SessionError::Store(error) => error.into(),
        }
    }
}
