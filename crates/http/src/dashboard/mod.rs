//! The pages that people act on. Server-rendered; all of it works without a script.
//!
//! - A handler takes what it needs as types: a [`session::Session`] for a page, a [`form::Form`] for anything that
//!   changes something. Neither exists without its checks (cookie, `Origin`, the form's token).
//! - No device token is looked at here, and no cookie anywhere else.
//! - What is another team's or another member's is answered exactly as what does not exist.
//! - One-time tokens stand in the path and are spent by a POST.
//! - After a change the browser is led to a page (303), so that loading it again changes nothing.

mod approval;
mod approvals;
mod assets;
mod calls;
mod connect;
mod connection;
mod connections;
mod consent;
mod cookie;
mod device;
mod devices;
mod form;
mod home;
mod html;
mod invitation;
mod named;
mod next;
mod notice;
mod origin;
mod page;
mod pair;
mod pair_link;
mod programs;
mod query;
mod refusal;
mod rules;
mod session;
mod setup;
mod short_links;
mod shown_tools;
mod sign_in;
mod sign_in_again;
mod sign_in_link;
mod slot;
mod team;

use crate::state::Doors;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use cookie::Jar;
use refusal::Refusal;

pub(crate) use next::is_page;
pub(crate) use refusal::error_page;

/// The pages that are answered from the gateway's own knowledge.
pub(crate) fn router(doors: &Doors) -> Router<Doors> {
    Router::new()
        .merge(before_sign_in())
        .merge(pairing())
        .merge(people())
        .route("/", get(short_links::home))
        .route("/dashboard/", get(short_links::home))
        .route("/connect/{slug}", get(short_links::connect))
        .route("/approve/{id}", get(short_links::approve))
        .route("/dashboard/assets/{file}", get(assets::get))
        .route("/dashboard/{*path}", any(async || nothing_here()))
        .method_not_allowed_fallback(other_method)
        .layer(middleware::from_fn_with_state(doors.clone(), dress))
}

/// Pages that wait for an upstream to test a key. Each test has its own deadline.
pub(crate) fn upstream(doors: &Doors) -> Router<Doors> {
    Router::new()
        .route("/dashboard/connect/{slug}", get(connect::show).post(connect::connect))
        .route("/dashboard/connections/{number}/test", post(connection::test))
        .route("/dashboard/connections/{number}/slots/{slot}", post(connection::save_key))
        .method_not_allowed_fallback(other_method)
        .layer(middleware::from_fn_with_state(doors.clone(), dress))
}

fn before_sign_in() -> Router<Doors> {
    Router::new()
        .route("/dashboard/setup/{token}", get(setup::show).post(setup::complete))
        .route("/dashboard/sign-in", get(sign_in::show).post(sign_in::sign_in))
        .route("/dashboard/sign-in/again", get(sign_in_again::show).post(sign_in_again::freshen))
        .route("/dashboard/sign-in/{token}", get(sign_in_link::show).post(sign_in_link::spend))
        .route("/dashboard/sign-out", post(sign_in::sign_out))
        .route("/dashboard/invitation/{token}", get(invitation::show).post(invitation::accept_as_new))
        .route("/dashboard/invitation/{token}/join", post(invitation::join))
}

fn pairing() -> Router<Doors> {
    Router::new()
        .route("/pair", get(short_links::pair))
        .route("/dashboard/pair", get(pair::show).post(pair::look))
        .route("/dashboard/pair/decision", post(pair::decide))
        .route("/oauth/authorize", get(consent::show).post(consent::decide))
        .route("/openclaw/pair/{link}", get(pair_link::show).post(pair_link::decide))
        .route("/hermes/approve/{link}", get(pair_link::show).post(pair_link::decide))
}

fn people() -> Router<Doors> {
    Router::new()
        .route("/dashboard", get(home::show))
        .route("/dashboard/team", post(team::switch))
        .route("/dashboard/approvals", get(approvals::show))
        .route("/dashboard/approvals/{id}", get(approval::show).post(approval::decide))
        .route("/dashboard/devices", get(devices::show).post(devices::create))
        .route("/dashboard/devices/window", post(devices::open_window))
        .route("/dashboard/devices/window/close", post(devices::close_window))
        .route("/dashboard/devices/{id}", get(device::show))
        .route("/dashboard/devices/{id}/name", post(device::rename))
        .route("/dashboard/devices/{id}/rule", post(device::set_rule))
        .route("/dashboard/devices/{id}/token", post(device::new_token))
        .route("/dashboard/devices/{id}/programs", post(programs::give))
        .route("/dashboard/devices/{id}/programs/end", post(programs::take_back))
        .route("/dashboard/devices/{id}/tools", post(shown_tools::choose))
        .route("/dashboard/devices/{id}/revoke", post(device::revoke))
        .route("/dashboard/connections", get(connections::show))
        .route("/dashboard/connections/{number}", get(connection::show))
        .route("/dashboard/connections/{number}/name", post(connection::rename))
        .route("/dashboard/connections/{number}/default", post(connection::make_default))
        .route("/dashboard/connections/{number}/disconnect", post(connection::disconnect))
        .route("/dashboard/connections/{number}/slots/{slot}/remove", post(connection::remove_key))
        .route("/dashboard/calls", get(calls::show))
}

/// What people get where nothing is.
pub(crate) fn nothing_here() -> Response {
    Refusal::not_found().into_response()
}

async fn other_method() -> Refusal {
    Refusal::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "This address can’t be used in this way.",
        "Begin again from the dashboard.",
    )
}

/// What all pages have in common. With `no-referrer`, which everything else is served with, browsers would say
/// `Origin: null` in our own forms. And a notice is over when a page has told it.
async fn dress(State(doors): State<Doors>, request: Request, next: Next) -> Response {
    let had_notice = Jar::Notice.read(&doors, request.headers()).is_some();
    let mut response = next.run(request).await;
    let is_told = had_notice && !response.status().is_redirection();
    let headers = response.headers_mut();
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    if is_told {
        headers.append(header::SET_COOKIE, cookie::end_notice(&doors));
    }
    response
}
