//! For those who run the gateway: is it alive, does it serve, what has it done.

use crate::rejection::Rejection;
use crate::state::Doors;
use crate::{request_log, security_headers};
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router, middleware};
use keyferry_core::Failure;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use serde::Serialize;
use utoipa::ToSchema;

/// From a millisecond to a call that waits for a slow upstream, in seconds.
const BUCKETS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// Always `ok`; a gateway that is not answers with a failure.
    status: &'static str,
}

const OK: Health = Health { status: "ok" };

/// The process is alive. Says nothing about the database.
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "operations",
    operation_id = "healthz",
    responses((status = 200, body = Health))
)]
pub(crate) async fn healthz() -> Json<Health> {
    Json(OK)
}

/// The gateway can serve: the database answers, revocations are heard of, the journal can be written.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "operations",
    operation_id = "readyz",
    responses((status = 200, body = Health))
)]
pub(crate) async fn readyz(State(doors): State<Doors>) -> Result<Json<Health>, Rejection> {
    if doors.leaving.is_cancelled() {
        return Err(Failure::unavailable("The gateway is stopping.", "stopping").into());
    }
    if let Err(error) = keyferry_store::changes::latest(&doors.db).await {
        return Err(Failure::unavailable("The database can't be reached.", error).into());
    }
    if !doors.identity.follower.healthy() {
        return Err(
            Failure::unavailable("What was revoked lately could not be read.", "changes unread").into()
        );
    }
    if !doors.broker.healthy() {
        return Err(Failure::unavailable("The journal can't be written.", "journal").into());
    }
    Ok(Json(OK))
}

/// Starts to count. Once a process, before anything is served.
///
/// # Errors
/// When something in this process counts already.
pub fn install_metrics() -> Result<PrometheusHandle, BuildError> {
    let seconds = Matcher::Suffix("_seconds".to_owned());
    PrometheusBuilder::new().set_buckets_for_metric(seconds, BUCKETS)?.install_recorder()
}

/// The routes of `metrics_listen`: Prometheus' text form, at `/metrics`. What is not an event is looked at as it is
/// asked for.
pub fn metrics_router(counted: PrometheusHandle, doors: Doors) -> Router {
    let render = move || async move {
        let queue = u32::try_from(doors.broker.journal_queue()).unwrap_or(u32::MAX);
        metrics::gauge!("keyferry_journal_queue").set(queue);
        metrics::gauge!("keyferry_changes_lag_seconds").set(doors.identity.follower.lag());
        counted.run_upkeep();
        ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], counted.render())
            .into_response()
    };
    Router::new()
        .route("/metrics", get(render))
        .layer(middleware::from_fn(request_log::log))
        .layer(middleware::from_fn(security_headers::add))
}
