//! Which of a person's teams the dashboard shows.

use super::form::Form;
use super::notice::Notice;
use super::refusal::Refusal;
use crate::state::Doors;
use axum::extract::State;
use axum::response::Response;
use keyferry_core::TeamId;
use keyferry_identity::SessionError;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(super) struct TeamForm {
    team: String,
}

/// `POST /dashboard/team`
pub(super) async fn switch(
    State(doors): State<Doors>,
    Form { by, fields }: Form<TeamForm>,
) -> Result<Response, Refusal> {
    let team: TeamId = fields.team.parse().map_err(|_| Refusal::not_found())?;
    match doors.identity.sessions.switch_team(&by.signed_in, &team).await {
        Ok(()) => Ok(Notice::TeamSwitched.at(&doors, "/dashboard")),
        Err(SessionError::NoTeam) => Err(Refusal::not_found()),
        Err(other) => Err(other.into()),
    }
}
