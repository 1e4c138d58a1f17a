//! ClawLink's documented API: actions, found and described in its shapes.

use crate::canonical::actions::{self, Action, ActionList, ActionsAsked, FoundActions};
use crate::extract::{Device, Query, Segments, number};
use crate::rejection::Rejection;
use crate::state::Doors;
use axum::Json;
use axum::extract::State;
use keyferry_core::{ErrorCode, Failure, FieldFault};
use serde::Deserialize;
use utoipa::IntoParams;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SearchQuery {
    /// What to do, in plain words.
    #[param(required)]
    query: Option<String>,
    /// `true`: only actions of what is connected.
    #[param(value_type = Option<bool>)]
    connected_only: Option<String>,
    /// 1 to 25; 10 when absent.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
}

/// Finds actions by what they do, best first.
#[utoipa::path(
    get,
    path = "/api/search",
    tag = "canonical",
    operation_id = "searchActions",
    params(SearchQuery),
    responses((status = 200, body = FoundActions))
)]
pub(crate) async fn search(
    State(doors): State<Doors>,
    Device(principal): Device,
    Query(given): Query<SearchQuery>,
) -> Result<Json<FoundActions>, Rejection> {
    let limit = number("limit", given.limit.as_deref())?;
    let (query, connected_only) = (given.query.unwrap_or_default(), is_true(given.connected_only.as_deref()));
    Ok(Json(actions::search(&doors, &principal, &query, connected_only, limit).await?))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// The integration's slug.
    #[param(required)]
    integration_id: Option<String>,
    /// What is to be done, in plain words: only actions that fit, best first, 25 at most.
    intent: Option<String>,
}

/// Lists an integration's actions.
#[utoipa::path(
    get,
    path = "/api/actions",
    tag = "canonical",
    operation_id = "listActions",
    params(ListQuery),
    responses((status = 200, body = ActionList))
)]
pub(crate) async fn list(
    State(doors): State<Doors>,
    Device(principal): Device,
    Query(given): Query<ListQuery>,
) -> Result<Json<ActionList>, Rejection> {
    let integration_id = given.integration_id.map(|slug| slug.trim().to_ascii_lowercase());
    let integration_id = integration_id.filter(|slug| !slug.is_empty()).ok_or_else(|| {
        let fault = FieldFault::missing("/integration_id", "is required: the integration's slug");
        Failure::new(ErrorCode::InvalidArguments, "`integration_id` is missing.").faults(vec![fault])
    })?;
    let asked = ActionsAsked { integration_id, intent: given.intent };
    Ok(Json(actions::list(&doors, &principal, asked).await?))
}

/// Describes one action in full.
#[utoipa::path(
    get,
    path = "/api/actions/{integration}/{action}",
    tag = "canonical",
    operation_id = "getAction",
    params(
        ("integration" = String, Path, description = "The integration's slug."),
        ("action" = String, Path, description = "The action's id, `list_sources`, or the tool's whole name.")
    ),
    responses((status = 200, body = Action))
)]
pub(crate) async fn get(
    State(doors): State<Doors>,
    Device(principal): Device,
    Segments(integration, action): Segments,
) -> Result<Json<Action>, Rejection> {
    Ok(Json(actions::get(&doors, &principal, &integration, &action).await?))
}

/// A word of the query, as ClawLink's clients spell it.
pub(super) fn is_true(given: Option<&str>) -> bool {
    given == Some("true")
}
