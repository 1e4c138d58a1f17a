//! `/__sandbox`: what a test or a person does with the sandbox itself. None of it is recorded, none of it can fail by a
//! fault.

use crate::exchange::House;
use crate::faults::FaultRequest;
use crate::hitch::{self, HitchRequest};
use crate::place::Area;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

pub(crate) fn routes() -> Router<Arc<House>> {
    Router::new()
        .route("/requests", get(requests).delete(forget_requests))
        .route("/events", get(events).delete(forget_events))
        .route("/faults", get(faults).post(add_fault).delete(clear_faults))
        .route("/pipeline", post(plant_hitch).delete(mend))
}

#[derive(Deserialize)]
struct After {
    #[serde(default)]
    after: u64,
}

async fn requests(State(house): State<Arc<House>>, Query(After { after }): Query<After>) -> Response {
    Json(json!({ "requests": house.record.after(after) })).into_response()
}

async fn forget_requests(State(house): State<Arc<House>>) -> StatusCode {
    house.record.clear();
    StatusCode::NO_CONTENT
}

async fn events(State(house): State<Arc<House>>, Query(After { after }): Query<After>) -> Response {
    Json(json!({ "events": house.intake.after(after) })).into_response()
}

async fn forget_events(State(house): State<Arc<House>>) -> StatusCode {
    house.intake.clear();
    StatusCode::NO_CONTENT
}

async fn faults(State(house): State<Arc<House>>) -> Response {
    Json(json!({ "faults": house.faults.armed() })).into_response()
}

/// The body is read as JSON whatever it calls itself: `curl -d` sends it as a form.
async fn add_fault(State(house): State<Arc<House>>, body: Bytes) -> Response {
    let asked = serde_json::from_slice::<FaultRequest>(&body).map_err(|cause| cause.to_string());
    match asked.and_then(|asked| house.faults.arm(asked)) {
        Ok(()) => (StatusCode::CREATED, Json(json!({ "faults": house.faults.armed() }))).into_response(),
        Err(why) => (StatusCode::BAD_REQUEST, Json(json!({ "error": why }))).into_response(),
    }
}

/// The body is read as JSON whatever it calls itself.
async fn plant_hitch(State(house): State<Arc<House>>, body: Bytes) -> Response {
    let asked = serde_json::from_slice::<HitchRequest>(&body).map_err(|cause| cause.to_string());
    match asked.and_then(|asked| asked.plant(house.region(asked.region()))) {
        Ok(at) => (StatusCode::CREATED, Json(json!({ "id": at }))).into_response(),
        Err(why) => (StatusCode::BAD_REQUEST, Json(json!({ "error": why }))).into_response(),
    }
}

async fn mend(State(house): State<Arc<House>>) -> StatusCode {
    for area in [Area::Us, Area::Eu] {
        hitch::mend(house.region(area));
    }
    StatusCode::NO_CONTENT
}

async fn clear_faults(State(house): State<Arc<House>>) -> StatusCode {
    house.faults.clear();
    StatusCode::NO_CONTENT
}
