//! Every route, grouped by who comes through it, and what lies around all of them.

use crate::reader::Reader;
use crate::rejection::Rejection;
use crate::state::Doors;
use crate::{
    admission, api, browser_pages, challenge, dashboard, mcp, oauth, openapi, operations, proxy, request_log,
    said_once, security_headers,
};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router, middleware};
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
        .routes(routes!(api::connections::begin))
        .routes(routes!(api::actions::search))
        .routes(routes!(api::actions::list))
        .routes(routes!(api::actions::get))
        .routes(routes!(api::executions::get))
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
        .routes(routes!(api::executions::execute))
        .routes(routes!(api::connections::test))
}

/// Those who are not devices yet, or hold no more than a link's token.
fn strangers() -> OpenApiRouter<Doors> {
    OpenApiRouter::new()
        .routes(routes!(api::openclaw::start))
        .routes(routes!(api::openclaw::session))
        .routes(routes!(api::openclaw::exchange))
        .routes(routes!(api::openclaw::finalize))
        .routes(routes!(api::hermes::start))
        .routes(routes!(api::hermes::session))
        .routes(routes!(api::hermes::consume))
        .routes(routes!(api::connect::session))
        .routes(routes!(oauth::device_authorization::begin))
        .routes(routes!(oauth::token::issue))
        .routes(routes!(oauth::revoke::revoke))
        .routes(routes!(oauth::register::register))
        .routes(routes!(oauth::metadata::tell))
        .routes(routes!(oauth::protected_resource::root))
        .routes(routes!(oauth::protected_resource::mcp))
        .routes(routes!(oauth::protected_resource::api))
}

/// Those who run the gateway. Answered even when nothing else is.
fn operators() -> OpenApiRouter<Doors> {
    OpenApiRouter::new().routes(routes!(operations::healthz)).routes(routes!(operations::readyz))
}

/// What the handlers say of themselves.
pub(crate) fn described() -> utoipa::openapi::OpenApi {
    let mut all = devices().merge(upstream()).into_openapi();
    openapi::guard(&mut all);
    all.merge(strangers().merge(operators()).into_openapi());
    all
}

/// The public listener's routes.
pub fn router(doors: Doors) -> Router {
    let strangers = Router::from(strangers())
        .layer(middleware::from_fn(browser_pages::refuse))
        .layer(middleware::from_fn_with_state(doors.clone(), admission::patience))
        .layer(middleware::from_fn_with_state(doors.clone(), admission::strangers));
    let routes = Router::from(devices())
        .merge(dashboard::router(&doors))
        .layer(middleware::from_fn_with_state(doors.clone(), admission::patience))
        .merge(Router::from(upstream()))
        .merge(mcp::router())
        .merge(proxy::router())
        .merge(dashboard::upstream(&doors))
        .layer(middleware::from_fn_with_state(doors.clone(), challenge::tell))
        .layer(middleware::from_fn_with_state(doors.clone(), admission::shed))
        .merge(strangers)
        .merge(Router::from(operators()));
    surrounded(routes).with_state(doors)
}

/// What lies around every route, the outermost first.
fn surrounded<S: Clone + Send + Sync + 'static>(routes: Router<S>) -> Router<S> {
    routes.fallback(unknown_path).method_not_allowed_fallback(other_method).layer(
        ServiceBuilder::new()
            .layer(middleware::from_fn(security_headers::add))
            .layer(middleware::from_fn(request_log::log))
            .layer(CatchPanicLayer::custom(admission::panicked))
            .layer(middleware::from_fn(said_once::check)),
    )
}

async fn unknown_path(Extension(reader): Extension<Reader>) -> Response {
    if reader == Reader::Person {
        return dashboard::nothing_here();
    }
    let failure = Failure::new(ErrorCode::NotFound, "There is nothing at this path.");
    Rejection::from(failure.hint("openapi.json lists every path of the API.")).into_response()
}

async fn other_method() -> Rejection {
    let failure = Failure::new(ErrorCode::NotFound, "This path does not take this method.")
        .hint("The header `Allow` says which it takes.");
    Rejection::with_status(failure, StatusCode::METHOD_NOT_ALLOWED)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use axum::routing::get;
    use tower::ServiceExt;

    #[tokio::test]
    async fn a_panic_harms_its_own_request_only_and_is_told_as_a_fault_of_ours() {
        async fn broken() -> &'static str {
            panic!("a-secret")
        }
        let routes = Router::new().route("/broken", get(broken)).route("/dashboard/broken", get(broken));
        let router = surrounded(routes.route("/whole", get(|| async {})));
        let ask = |path| router.clone().oneshot(Request::get(path).body(Body::empty()).unwrap());
        for (path, told) in
            [("/broken", "\"code\":\"internal\""), ("/dashboard/broken", "<h1>The gateway met a fault")]
        {
            let answer = ask(path).await.unwrap();
            assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
            let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
            let body = String::from_utf8(body.to_vec()).unwrap();
            assert!(body.contains(told) && !body.contains("a-secret"), "{body}");
        }
        assert_eq!(ask("/whole").await.unwrap().status(), StatusCode::OK);
    }
}
