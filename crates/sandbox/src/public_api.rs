//! Segment's Public API: JSON in `{"data": …}` or `{"errors": […]}`, one media type for each version of an operation.

mod access;
mod audience_parts;
mod credentials;
mod delivery_metrics;
mod delivery_overview;
mod destinations;
mod error;
mod events_volume;
mod fields;
mod labels;
mod live_plugins;
mod pagination;
mod parents;
mod people;
mod regulations;
mod shelf;
mod shelves;
mod sources;
mod span;
mod suppressions;
mod tracking_plans;
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
use axum::routing::{delete, get, patch, post, put};
use axum::{Json, Router};
use delivery_overview::Stage;
use error::ApiError;
use serde_json::{Value, json};
use std::sync::Arc;
use version::Versions;

type Answer = Result<Response, ApiError>;

/// The operations, grouped by the most stable version that each has.
pub(crate) fn router(region: Arc<Region>) -> Router {
    Router::new()
        .merge(versioned(connections().merge(privacy()).merge(rights()), Versions::STABLE))
        .merge(shelf::routes(Versions::STABLE, shelves::STABLE))
        .merge(versioned(measures(), Versions::BETA))
        .merge(shelf::routes(Versions::BETA, shelves::BETA))
        .merge(versioned(newest(), Versions::ALPHA))
        .merge(shelf::routes(Versions::ALPHA, shelves::ALPHA))
        .fallback(unknown)
        .method_not_allowed_fallback(unknown)
        .layer(from_fn_with_state(Arc::clone(&region), access::guard))
        .layer(DefaultBodyLimit::disable())
        .with_state(region)
}

type Routes = Router<Arc<Region>>;

fn versioned(routes: Routes, versions: Versions) -> Routes {
    routes.layer(from_fn(move |request, next| version::negotiate(versions, request, next)))
}

/// Sources, destinations, warehouses, and what flows between them.
fn connections() -> Routes {
    Router::new()
        .route("/", get(workspace::get))
        .route("/sources", get(sources::list))
        .route("/sources/{source_id}", get(sources::get).patch(sources::update).delete(sources::delete))
        .route("/sources/{source_id}/labels", post(labels::add_to_source))
        .route("/sources/{source_id}/settings", get(sources::schema_settings))
        .route("/sources/{source_id}/connected-warehouses", get(warehouses::of_source))
        .route("/sources/{source_id}/connected-destinations", get(destinations::of_source))
        .route("/destinations", get(destinations::list))
        .route(
            "/destinations/{destination_id}",
            get(destinations::get).patch(destinations::update).delete(destinations::delete),
        )
        .route("/warehouses", get(warehouses::list))
        .route(
            "/warehouses/{warehouse_id}",
            get(warehouses::get).patch(warehouses::update).delete(warehouses::delete),
        )
        .route("/warehouses/{warehouse_id}/connected-sources", get(warehouses::sources_of))
        .route(
            "/warehouses/{warehouse_id}/connected-sources/{source_id}",
            post(warehouses::connect).delete(warehouses::disconnect),
        )
        .route(
            "/warehouses/{warehouse_id}/advanced-sync-schedule",
            get(warehouses::sync_times).put(warehouses::replace_sync_times),
        )
        .route("/warehouses/{warehouse_id}/connection-state", get(warehouses::connection_state))
        .route("/labels", get(labels::list))
        .route("/usage/api-calls/sources/daily", get(usage::api_calls_by_source))
        .route("/events/volume", get(events_volume::list))
        .route("/spaces/{space_id}/audiences/{audience_id}/runs", post(audience_parts::run))
}

fn privacy() -> Routes {
    Router::new()
        .route("/suppressions", get(suppressions::list))
        .route("/regulations", get(regulations::list).post(regulations::create))
        .route("/regulations/{id}", get(regulations::get))
        .route(
            "/regulations/sources/{source_id}",
            get(regulations::of_source).post(regulations::create_for_source),
        )
        .route("/regulations/cloudsources/{source_id}", post(regulations::create_for_source))
}

/// Who may do what, and what events should look like.
fn rights() -> Routes {
    Router::new()
        .route("/credentials/{credential_id}/consumers", get(credentials::consumers))
        .route("/groups/{group_id}/users", post(people::add_to_group))
        .route("/group/{group_id}/users", put(people::replace_in_group).delete(people::remove_from_group))
        .route("/groups/{group_id}/permissions", post(people::permit_group).put(people::replace_of_group))
        .route("/users/{user_id}/permissions", post(people::permit_user).put(people::replace_of_user))
        .route(
            "/tracking-plans/{tracking_plan_id}/rules",
            patch(tracking_plans::update_rules)
                .put(tracking_plans::replace_rules)
                .delete(tracking_plans::remove_rules),
        )
        .route(
            "/tracking-plans/{tracking_plan_id}/sources",
            get(tracking_plans::list_sources)
                .post(tracking_plans::add_source)
                .delete(tracking_plans::remove_source),
        )
}

fn measures() -> Routes {
    let stages = [
        ("successfully-received", Stage::Received),
        ("failed-on-ingest", Stage::RefusedOnIngest),
        ("filtered-at-source", Stage::FilteredAtSource),
        ("filtered-at-destination", Stage::FilteredAtDestination),
        ("failed-delivery", Stage::Failed),
        ("successful-delivery", Stage::Delivered),
    ];
    let mut routes =
        Router::new().route("/destinations/{destination_id}/delivery-metrics", get(delivery_metrics::list));
    for (name, stage) in stages {
        let list = move |region, query| delivery_overview::list(stage, region, query);
        routes = routes.route(&format!("/delivery-overview/{name}"), get(list));
    }
    routes
}

fn newest() -> Routes {
    const AUDIENCE: &str = "/spaces/{space_id}/audiences/{audience_id}";
    Router::new()
        .route("/sources/{source_id}/writekey/{write_key}", delete(write_keys::remove))
        .route("/sources/{source_id}/live-plugins/latest", get(live_plugins::latest))
        .route("/sources/{source_id}/live-plugins/create", post(live_plugins::create))
        .route("/sources/{source_id}/live-plugins/delete-code", delete(live_plugins::delete))
        .route("/destinations/{destination_id}/subscriptions/{id}", patch(destinations::update_subscription))
        .route(&format!("{AUDIENCE}/audience-references"), get(audience_parts::consumers))
        .route(&format!("{AUDIENCE}/destination-connections"), post(audience_parts::connect))
        .route(
            &format!("{AUDIENCE}/destination-connections/{{destination_id}}"),
            delete(audience_parts::disconnect),
        )
        .route(
            &format!("{AUDIENCE}/destination-connections/{{connection_id}}/activations"),
            post(audience_parts::activate),
        )
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
