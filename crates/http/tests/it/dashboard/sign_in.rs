use super::browser::{Browser, PASSWORD, led_to, must_not_say, must_say};
use crate::gateway::Gateway;
use keyferry_core::ExposeSecret;
use std::time::Duration;

const ADA: &str = "ada@example.com";

#[tokio::test]
async fn the_cookie_is_bound_to_this_host_and_out_of_reach_of_scripts() {
    let gateway = Gateway::new().await;
    gateway.person(ADA).await;
    let mut browser = Browser::new(&gateway);
    let done = browser.post("/dashboard/sign-in", &[("email", ADA), ("password", PASSWORD)]).await;
    let cookie = done.headers.get("set-cookie").unwrap().to_str().unwrap();
    assert!(cookie.starts_with("__Host-keyferry="), "{cookie}");
    for attribute in ["; Path=/;", "; HttpOnly", "; SameSite=Lax", "; Secure"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_are_told_alike() {
    let gateway = Gateway::new().await;
    gateway.person(ADA).await;
    let mut browser = Browser::new(&gateway);
    let wrong = browser.post("/dashboard/sign-in", &[("email", ADA), ("password", "not this one")]).await;
    let unknown = browser
        .post("/dashboard/sign-in", &[("email", "eve@example.com"), ("password", "not this one")])
        .await;
    assert_eq!((wrong.status.as_u16(), unknown.status.as_u16()), (422, 422));
    assert_eq!(wrong.text.replace(ADA, "X"), unknown.text.replace("eve@example.com", "X"));
    must_not_say(&wrong, "not this one");
    assert_eq!(browser.cookie("__Host-keyferry"), None);
}

#[tokio::test]
async fn guessing_ends_after_ten_and_begins_again_ten_minutes_later() {
    let gateway = Gateway::new().await;
    gateway.person(ADA).await;
    let mut browser = Browser::new(&gateway);
    for _ in 0..10 {
        let wrong = browser.post("/dashboard/sign-in", &[("email", ADA), ("password", "a guess")]).await;
        assert_eq!(wrong.status, 422);
    }
    let right = [("email", ADA), ("password", PASSWORD)];
    assert_eq!(browser.post("/dashboard/sign-in", &right).await.status, 429);
    gateway.clock.advance(Duration::from_secs(601));
    assert_eq!(browser.post("/dashboard/sign-in", &right).await.status, 303);
}

#[tokio::test]
async fn after_signing_in_a_person_is_where_they_wanted_to_be_but_never_elsewhere() {
    let gateway = Gateway::new().await;
    gateway.person(ADA).await;
    let mut browser = Browser::new(&gateway);
    let asked = browser.get("/dashboard/connect/segment?session=abc").await;
    let sign_in = led_to(&asked).to_owned();
    assert_eq!(sign_in, "/dashboard/sign-in?next=%2Fdashboard%2Fconnect%2Fsegment%3Fsession%3Dabc");
    must_say(&browser.get(&sign_in).await, "/dashboard/connect/segment?session=abc");

    for (next, led) in [
        ("/dashboard/devices", "/dashboard/devices"),
        ("//evil.example", "/dashboard"),
        ("https://evil.example", "/dashboard"),
    ] {
        let done = browser
            .post("/dashboard/sign-in", &[("email", ADA), ("password", PASSWORD), ("next", next)])
            .await;
        assert_eq!(led_to(&done), led);
        let asked = browser.get(&format!("/dashboard/sign-in?next={next}")).await;
        assert_eq!(led_to(&asked), led);
    }
}

#[tokio::test]
async fn signing_out_ends_the_session_itself_and_not_only_the_cookie() {
    let gateway = Gateway::new().await;
    gateway.person(ADA).await;
    let mut browser = Browser::of(&gateway, ADA).await;
    let mut thief = Browser::new(&gateway);
    thief.steal(&browser);
    assert_eq!(thief.get("/dashboard").await.status, 200);
    assert_eq!(led_to(&browser.post("/dashboard/sign-out", &[]).await), "/dashboard/sign-in");
    assert_eq!(browser.cookie("__Host-keyferry"), None);
    must_say(&browser.get("/dashboard/sign-in").await, "signed out");
    must_not_say(&browser.get("/dashboard/sign-in").await, "signed out");
    assert_eq!(led_to(&thief.get("/dashboard").await), "/dashboard/sign-in");
}

#[tokio::test]
async fn a_link_signs_in_once_and_looking_at_it_spends_nothing() {
    let gateway = Gateway::new().await;
    let ada = gateway.person(ADA).await;
    let link = gateway.identity.sign_in.link(&ada.principal.user, Duration::from_secs(600)).await.unwrap();
    let path = format!("/dashboard/sign-in/{}", link.expose_secret());
    let mut browser = Browser::new(&gateway);
    for _ in 0..2 {
        assert_eq!(browser.get(&path).await.status, 200);
    }
    assert_eq!(led_to(&browser.post(&path, &[]).await), "/dashboard");
    assert_eq!(browser.get("/dashboard").await.status, 200);
    assert_eq!(Browser::new(&gateway).post(&path, &[]).await.status, 410);
}
