//! What goes wrong before a page is made is told on a page too; to programs it is told in their own form.

use super::browser::{Browser, PASSWORD, must_say};
use crate::gateway::{Answered, Asking, Gateway, PUBLIC_URL};
use axum::body::Body;
use axum::http::Method;
use futures::stream;
use keyferry_core::ExposeSecret;
use keyferry_http::DoorLimits;
use std::convert::Infallible;
use std::time::Duration;

const FORM: &str = "application/x-www-form-urlencoded";

/// A page that says what happened and leads on.
#[track_caller]
fn must_be_a_page(answered: &Answered, status: u16, sentence: &str) {
    assert_eq!(answered.status, status, "{}", answered.text);
    assert_eq!(answered.headers["content-type"], "text/html; charset=utf-8");
    must_say(answered, &format!("<h1>{sentence}</h1>"));
    must_say(answered, "class=\"button\"");
}

fn signing_in(gateway: &Gateway) -> Asking {
    gateway.post("/dashboard/sign-in").header("origin", PUBLIC_URL).header("content-type", FORM)
}

#[tokio::test]
async fn a_crowded_gateway_says_so_to_each_in_its_own_form() {
    let limits = DoorLimits { requests: 0, strangers: 0, ..DoorLimits::default() };
    let gateway = Gateway::with_limits(limits).await;
    let page = gateway.get("/dashboard").send().await;
    must_be_a_page(&page, 503, "The gateway has as many requests in flight as it takes; nothing was sent.");
    assert_eq!(page.headers["retry-after"], "1");
    must_say(&page, "Try again in a moment.");
    assert_eq!(gateway.get("/api/tools").send().await.json()["error"]["code"], "gateway_unavailable");
    must_be_a_page(
        &signing_in(&gateway).send().await,
        503,
        "Too many are pairing or signing in at this moment.",
    );
    let token = gateway.post("/oauth/token").form(&[]).send().await;
    assert_eq!((token.status.as_u16(), &token.json()["error"]), (503, &"temporarily_unavailable".into()));
}

#[tokio::test]
async fn what_takes_too_long_is_told_on_a_page_and_the_page_says_to_look_again() {
    let gateway = Gateway::with_limits(DoorLimits { answer: Duration::ZERO, ..DoorLimits::default() }).await;
    let page = gateway.get("/dashboard").header("cookie", "__Host-keyferry=x").send().await;
    must_be_a_page(&page, 503, "The gateway took too long.");
    must_say(&page, "it may have been done");
    let request = page.headers["x-request-id"].to_str().unwrap();
    must_say(&page, request);
}

#[tokio::test]
async fn a_form_that_is_too_long_or_too_slow_is_said_to_be() {
    let limits = DoorLimits { patience: Duration::from_millis(50), ..DoorLimits::default() };
    let gateway = Gateway::with_limits(limits).await;
    let long = signing_in(&gateway).body("x".repeat(64 * 1024 + 1)).send().await;
    must_be_a_page(&long, 413, "The form holds more than is taken here.");
    let never = Body::from_stream(stream::pending::<Result<&'static str, Infallible>>());
    must_be_a_page(&signing_in(&gateway).body(never).send().await, 408, "The form took too long to arrive.");
}

#[tokio::test]
async fn nothing_and_another_method_are_pages_where_people_are() {
    let gateway = Gateway::new().await;
    for path in ["/dashboard/nothing", "/dashboard/setup/%FF", "/approve/x", "/openclaw/pair/"] {
        must_be_a_page(&gateway.get(path).send().await, 404, "There is nothing here.");
    }
    for path in ["/pair", "/dashboard/approvals", "/connect/segment", "/"] {
        let other = gateway.ask(Method::PUT, path).send().await;
        must_be_a_page(&other, 405, "This address can’t be used in this way.");
    }
    let mistyped = gateway.get("/dashbord").header("accept", "text/html,*/*").send().await;
    must_be_a_page(&mistyped, 404, "There is nothing here.");
    assert_eq!(gateway.get("/dashbord").send().await.json()["error"]["code"], "not_found");
    let api = gateway.get("/api/nothing").header("accept", "text/html").send().await;
    assert_eq!(api.json()["error"]["code"], "not_found");
}

#[tokio::test]
async fn a_link_that_was_used_says_how_to_come_in() {
    let gateway = Gateway::new().await;
    let token = gateway.identity.setup.begin().await.unwrap().unwrap();
    let path = format!("/dashboard/setup/{}", token.expose_secret());
    let mut browser = Browser::new(&gateway);
    let account =
        [("name", "Ada"), ("email", "ada@example.com"), ("password", PASSWORD), ("password_again", PASSWORD)];
    assert_eq!(browser.post(&path, &account).await.status, 303);
    let used = Browser::new(&gateway).get(&path).await;
    must_be_a_page(&used, 410, "This set-up link was used or has expired.");
    must_say(&used, "href=\"/dashboard/sign-in\"");
    must_say(&used, "keyferry admin setup-link");
    assert!(!used.headers.contains_key("www-authenticate"), "a page asks for no token");
}

#[tokio::test]
async fn the_button_of_a_link_that_signs_in_needs_no_body() {
    let gateway = Gateway::new().await;
    let spent = gateway.post("/dashboard/sign-in/nobodys").header("origin", PUBLIC_URL).send().await;
    must_be_a_page(&spent, 410, "This sign-in link was used or has expired.");
    must_say(&spent, "keyferry admin sign-in-link");
    let elsewhere = gateway.post("/dashboard/sign-in/nobodys").send().await;
    must_be_a_page(
        &elsewhere,
        403,
        "This form was not sent from a page of this gateway, so it was not taken.",
    );
}
