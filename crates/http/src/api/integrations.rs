//! What is connected, and what could be.

use super::actions::is_true;
use crate::canonical::integrations::{self, IntegrationList, IntegrationsAsked, ListedIntegration};
use crate::extract::{Device, Query, number};
use crate::rejection::Rejection;
use crate::state::Doors;
use axum::Json;
use axum::extract::State;
use keyferry_broker::view::ConnectionRecord;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Words in slug, name or description of an item.
    query: Option<String>,
    /// `true`: only what is connected.
    #[param(value_type = Option<bool>)]
    connected_only: Option<String>,
    /// The id of an action: only what has it.
    supports_action: Option<String>,
    /// The page of `items`, from 1.
    #[param(value_type = Option<u32>)]
    page: Option<String>,
    /// 1 to 100; 25 when absent.
    #[param(value_type = Option<u32>)]
    page_size: Option<String>,
}

/// Both lists that clients ask for, in one answer.
#[derive(Serialize, ToSchema)]
pub(crate) struct Integrations {
    /// Every connection.
    integrations: Vec<ConnectionRecord>,
    /// A page of integrations.
    items: Vec<ListedIntegration>,
    /// From 1.
    page: usize,
    page_size: usize,
    total: usize,
}

/// Lists every connection under `integrations`, and every integration, connected or not, under `items`. `canonical=true`
/// and `summary=true` are taken and change nothing: the answer holds what they ask for.
#[utoipa::path(
    get,
    path = "/api/integrations",
    tag = "discovery",
    operation_id = "listIntegrations",
    params(ListQuery),
    responses((status = 200, body = Integrations))
)]
pub(crate) async fn list(
    State(doors): State<Doors>,
    Device(principal): Device,
    Query(query): Query<ListQuery>,
) -> Result<Json<Integrations>, Rejection> {
    let asked = IntegrationsAsked {
        query: query.query,
        connected_only: Some(is_true(query.connected_only.as_deref())),
        supports_action: query.supports_action.filter(|action| !action.is_empty()),
        page: number("page", query.page.as_deref())?,
        page_size: number("page_size", query.page_size.as_deref())?,
    };
    let (integrations, list) = integrations::find(&doors, &principal, asked).await?;
    let IntegrationList { items, page, page_size, total } = list;
    Ok(Json(Integrations { integrations, items, page, page_size, total }))
}
