//! Every route, grouped by who comes through it, and what lies around all of them.

use crate::rejection::Rejection;
use crate::state::Doors;
use crate::{admission, api, dashboard, oauth, operations, request_log, security_headers};
use axum::http::StatusCode;
use axum::{Router, middleware};
use keyferry_core::{ErrorCode, Failure};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Devices: what is answered from the gateway's own knowledge.
fn devices() -> OpenApiRouter<Doors> {
    OpenApiRouter::new()
        .routes(routes!(api::whoami::whoami))
        .routes(routes!(api::integrations::list))
        .routes(routes!(api::tools::list))
        .routes(routes!(api::tools::search))
        .routes(routes!(api::tools::describe))
        .routes(routes!(api::connect::start))
        .routes(routes!(api::connections::list))
        .routes(routes!(api::connections::get))
        .routes(routes!(api::calls::list))
        .routes(routes!(api::calls::get))
        .routes(routes!(api::call_stream::stream))
        .routes(routes!(api::approvals::list))
}

/// Devices: what waits for an upstream. Each call has its own deadline; nothing here cuts it short.
fn upstream() -> OpenApiRouter<Doors> {
    OpenApiRouter::new()
        .routes(routes!(api::tool_calls::preview))
        .routes(routes!(api::tool_calls::execute))
        .routes(routes!(api::connections::test))
}

/// Those who are not devices yet, or hold no more than a link's token.
fn strangers() -> OpenApiRouter<Doors> {
    OpenApiRouter::new()
        .routes(routes!(api::openclaw::start))
        .routes(routes!(api::openclaw::session))
        .routes(routes!(api::openclaw::exchange))
        .routes(routes!(api::openclaw::finalize))
        .routes(routes!(api::connect::session))
        .routes(routes!(oauth::device_authorization::begin))
        .routes(routes!(oauth::token::issue))
        .routes(routes!(oauth::revoke::revoke))
        .routes(routes!(oauth::metadata::tell))
}

/// Those who run the gateway. Answered even when nothing else is.
fn operators() -> OpenApiRouter<Doors> {
    OpenApiRouter::new().routes(routes!(operations::healthz)).routes(routes!(operations::readyz))
}

/// What the handlers say of themselves.
pub(crate) fn described() -> utoipa::openapi::OpenApi {
    devices().merge(upstream()).merge(strangers()).merge(operators()).into_openapi()
}

/// The public listener's routes.
pub fn router(doors: Doors) -> Router {
    Router::from(devices().merge(strangers()))
        .merge(dashboard::router())
        .layer(middleware::from_fn_with_state(doors.clone(), admission::patience))
        .merge(Router::from(upstream()))
        .merge(dashboard::upstream())
        .layer(middleware::from_fn_with_state(doors.clone(), admission::shed))
        .merge(Router::from(operators()))
        .fallback(unknown_path)
        .method_not_allowed_fallback(other_method)
        .layer(
            ServiceBuilder::new()
                .layer(middleware::from_fn(request_log::log))
                .layer(middleware::from_fn(security_headers::add))
                .layer(CatchPanicLayer::custom(admission::panicked)),
        )
        .with_state(doors)
}

async fn unknown_path() -> Rejection {
    Failure::new(ErrorCode::NotFound, "There is nothing at this path.")
        .hint("openapi.json lists every path of the API.")
        .into()
}

async fn other_method() -> Rejection {
    let failure = Failure::new(ErrorCode::NotFound, "This path does not take this method.")
        .hint("The header `Allow` says which it takes.");
    Rejection::with_status(failure, StatusCode::METHOD_NOT_ALLOWED)
}
