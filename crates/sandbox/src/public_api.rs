//! Segment's Public API: JSON in `{"data": …}` or `{"errors": […]}`, one media type for each version of an operation.

mod access;
mod delivery_metrics;
mod destinations;
mod error;
mod fields;
mod labels;
mod pagination;
mod sources;
mod suppressions;
mod usage;
mod version;
mod warehouses;
mod workspace;
mod write_keys;

pub(crate) use error::refused;

use crate::state::Region;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use error::ApiError;
use serde_json::{Value, json};
use std::sync::Arc;
use version::Versions;

type Answer = Result<Response, ApiError>;

/// The operations, grouped by the most stable version that each has.
pub(crate) fn router(region: Arc<Region>) -> Router {
    let stable = Router::new()
        .route("/", get(workspace::get))
        .route("/sources", get(sources::list))
        .route("/sources/{source_id}", get(sources::get).patch(sources::update).delete(sources::delete))
        .route("/sources/{source_id}/labels", post(labels::add_to_source))
        .route("/sources/{source_id}/settings", get(sources::schema_settings))
        .route("/sources/{source_id}/connected-warehouses", get(warehouses::of_source))
        .route("/sources/{source_id}/connected-destinations", get(destinations::of_source))
        .route("/destinations", get(destinations::list))
        .route("/destinations/{destination_id}", get(destinations::get))
        .route("/warehouses", get(warehouses::list))
        .route("/warehouses/{warehouse_id}", get(warehouses::get))
        .route("/labels", get(labels::list))
        .route("/suppressions", get(suppressions::list))
        .route("/usage/api-calls/sources/daily", get(usage::api_calls_by_source))
        .layer(from_fn(|request, next| version::negotiate(Versions::STABLE, request, next)));
    let beta = Router::new()
        .route("/destinations/{destination_id}/delivery-metrics", get(delivery_metrics::list))
        .layer(from_fn(|request, next| version::negotiate(Versions::BETA, request, next)));
    let alpha = Router::new()
        .route("/sources/{source_id}/writekey/{write_key}", delete(write_keys::remove))
        .layer(from_fn(|request, next| version::negotiate(Versions::ALPHA, request, next)));

    Router::new()
        .merge(stable)
        .merge(beta)
        .merge(alpha)
        .fallback(unknown)
        .method_not_allowed_fallback(unknown)
        .layer(from_fn_with_state(Arc::clone(&region), access::guard))
        .layer(DefaultBodyLimit::disable())
        .with_state(region)
}

async fn unknown(request: Request) -> Response {
    ApiError::not_found(format!("{} {} is not an operation", request.method(), request.uri().path()))
        .into_response()
}

fn data(value: Value) -> Answer {
    Ok(Json(json!({ "data": value })).into_response())
}

/// What a deletion answers.
fn success() -> Answer {
    data(json!({ "status": "SUCCESS" }))
}
