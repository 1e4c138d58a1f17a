//! An invitation into a team: taken by who is signed in, or with a new account.

use super::form::{Button, Form, OpenForm};
use super::named::PathToken;
use super::next::Next;
use super::notice::Notice;
use super::page::{Frame, Page};
use super::refusal::Refusal;
use super::session::{MaybeSession, Visitor};
use super::setup::{AccountForm, mendable};
use super::sign_in;
use crate::state::Doors;
use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use keyferry_identity::{AccountError, Invitation, InvitationError, SHORTEST_PASSWORD};

#[derive(Debug, Template)]
#[template(path = "invitation.html")]
struct InvitationPage {
    frame: Frame,
    team: String,
    role: &'static str,
    form: AccountForm,
    error: Option<String>,
    shortest: usize,
    /// Where the page itself is, for the forms and for the way back from the sign-in.
    path: String,
    sign_in: String,
}

impl InvitationPage {
    fn new(frame: Frame, invitation: Invitation, uri: &Uri) -> Self {
        Self {
            frame,
            team: invitation.team_name,
            role: invitation.role.as_str(),
            form: AccountForm::default(),
            error: None,
            shortest: SHORTEST_PASSWORD,
            path: uri.path().to_owned(),
            sign_in: Next::of_uri(uri).after("/dashboard/sign-in"),
        }
    }
}

/// `GET /dashboard/invitation/{token}`
pub(super) async fn show(
    State(doors): State<Doors>,
    PathToken(token): PathToken,
    session: MaybeSession,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let invitation = doors.identity.invitations.look(&token).await?;
    Ok(Page(InvitationPage::new(session.frame(&doors, &headers), invitation, &uri)).into_response())
}

/// `POST /dashboard/invitation/{token}`: with a new account.
pub(super) async fn accept_as_new(
    State(doors): State<Doors>,
    PathToken(token): PathToken,
    Visitor(browser): Visitor,
    uri: Uri,
    OpenForm(form): OpenForm<AccountForm>,
) -> Result<Response, Refusal> {
    let sentence = match form.account() {
        Err(sentence) => sentence.to_owned(),
        Ok(account) => match doors.identity.invitations.accept_as_new(&token, &account).await {
            Ok(_) => {
                let session =
                    doors.identity.sign_in.with_password(&form.email, &form.password, &browser).await?;
                return Ok(sign_in::welcome(&doors, &session, "/dashboard"));
            }
            Err(InvitationError::Account(error)) => mendable(error)?,
            Err(other) => return Err(other.into()),
        },
    };
    let invitation = doors.identity.invitations.look(&token).await?;
    let page = InvitationPage::new(Frame::default(), invitation, &uri);
    Ok(Page(InvitationPage { form, error: Some(sentence), ..page }).not_taken())
}

/// `POST /dashboard/invitation/{token}/join`: with the account that is signed in; the session turns to the team.
pub(super) async fn join(
    State(doors): State<Doors>,
    PathToken(token): PathToken,
    Form { by, fields: Button {} }: Form<Button>,
) -> Result<Response, Refusal> {
    let team = doors.identity.invitations.accept(&token, &by.principal().user).await?;
    doors.identity.sessions.switch_team(&by.signed_in, &team).await?;
    Ok(Notice::Joined.at(&doors, "/dashboard"))
}

impl From<InvitationError> for Refusal {
    fn from(error: InvitationError) -> Self {
        let sentence = error.to_string();
        match error {
            InvitationError::Link => Self::way_in_over(
                "This invitation was used or has expired.",
                "If you have joined with it, sign in. If not, ask whoever invited you for a new one.",
            ),
            InvitationError::Account(AccountError::Password(error)) => Self::internal(error),
            InvitationError::Account(AccountError::Store(error)) | InvitationError::Store(error) => {
                error.into()
            }
            InvitationError::NotAllowed | InvitationError::AlreadyMember | InvitationError::Account(_) => {
                Self::not_allowed(sentence)
            }
        }
    }
}
