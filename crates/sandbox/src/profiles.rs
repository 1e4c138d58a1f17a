//! Segment's Profile API: read only, one token for one space, `{"error": {code, message}}`.

mod access;
mod asked;
mod cursor;
mod error;
mod events;
mod external_ids;
mod links;
mod metadata;
mod traits;

use crate::state::Region;
use axum::Router;
use axum::extract::Request;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use error::ApiError;
use http::StatusCode;
use std::sync::Arc;

type Answer = Result<Response, ApiError>;

pub(crate) fn router(region: Arc<Region>) -> Router {
    let below = |what: &str| {
        format!("/v1/spaces/{{space}}/collections/{{collection}}/profiles/{{identifier}}/{what}")
    };
    Router::new()
        .route(&below("traits"), get(traits::list))
        .route(&below("external_ids"), get(external_ids::list))
        .route(&below("events"), get(events::list))
        .route(&below("metadata"), get(metadata::get))
        .route(&below("links"), get(links::list))
        .fallback(unknown)
        .method_not_allowed_fallback(unknown)
        .layer(from_fn_with_state(Arc::clone(&region), access::guard))
        .with_state(region)
}

async fn unknown(request: Request) -> Response {
    ApiError::not_found(&format!("{} {}", request.method(), request.uri().path())).into_response()
}

/// A refusal that a fault asked for.
pub(crate) fn refused(status: StatusCode) -> Response {
    ApiError::of_status(status).into_response()
}
