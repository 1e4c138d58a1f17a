//! What is connected, and what could be.

use crate::extract::{Device, Query, number};
use crate::rejection::Rejection;
use crate::state::Doors;
use axum::Json;
use axum::extract::State;
use keyferry_broker::IntegrationsQuery;
use keyferry_broker::view::Integrations;
use serde::Deserialize;
use utoipa::IntoParams;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Words in slug, name or description of an item.
    query: Option<String>,
    /// `true`: only what is connected.
    #[param(value_type = Option<bool>)]
    connected_only: Option<String>,
    /// The page of `items`, from 1.
    #[param(value_type = Option<u32>)]
    page: Option<String>,
    /// 1 to 100; 25 when absent.
    #[param(value_type = Option<u32>)]
    page_size: Option<String>,
}

/// Lists every connection under `integrations`, and every integration, connected or not, under `items`.
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
    let asked = IntegrationsQuery {
        query: query.query,
        connected_only: query.connected_only.as_deref() == Some("true"),
        page: number("page", query.page.as_deref())?,
        page_size: number("page_size", query.page_size.as_deref())?,
    };
    Ok(Json(doors.broker.integrations(&principal, &asked).await?))
}
