use super::browser::{Browser, led_to, must_not_say, must_say};
use crate::gateway::Gateway;
use keyferry_identity::Starter;
use serde_json::{Value, json};
use std::net::IpAddr;
use std::time::Duration;

const ADA: &str = "ada@example.com";
const POLL: &str = "urn:ietf:params:oauth:grant-type:device_code";

async fn begin(gateway: &Gateway, label: &str) -> Value {
    let fields = [("client_id", "keyferry-cli"), ("device_label", label)];
    gateway.post("/oauth/device_authorization").form(&fields).send().await.json()
}

async fn poll(gateway: &Gateway, begun: &Value) -> Value {
    let code = begun["device_code"].as_str().unwrap();
    let fields = [("grant_type", POLL), ("client_id", "keyferry-cli"), ("device_code", code)];
    gateway.post("/oauth/token").form(&fields).send().await.json()
}

#[tokio::test]
async fn a_device_is_let_in_by_the_code_it_shows() {
    let gateway = Gateway::new().await;
    gateway.person(ADA).await;
    let begun = begin(&gateway, "lap\u{202e}top <b>").await;
    let code = begun["user_code"].as_str().unwrap();
    let mut browser = Browser::of(&gateway, ADA).await;

    let review = browser.post("/dashboard/pair", &[("code", code)]).await;
    for said in [
        "lap⟨U+202E⟩top &#60;b&#62;",
        "keyferry-cli",
        "same address",
        "Trusted",
        r#"value="confirm" checked"#,
    ] {
        must_say(&review, said);
    }
    let decision = [("code", code), ("decision", "approve"), ("rule", "approve")];
    must_say(&browser.post("/dashboard/pair/decision", &decision).await, "Approve each change");

    let tokens = poll(&gateway, &begun).await;
    let token = tokens["access_token"].as_str().unwrap();
    let whoami = gateway.get("/api/agent/whoami").token(token).send().await;
    assert_eq!(whoami.status, 200, "{}", whoami.text);
    must_say(&whoami, "\"approve\"");

    let again = browser.post("/dashboard/pair/decision", &decision).await;
    assert_eq!(again.status, 422);
}

#[tokio::test]
async fn a_code_is_never_filled_in_by_a_link() {
    let gateway = Gateway::new().await;
    gateway.person(ADA).await;
    let mut browser = Browser::of(&gateway, ADA).await;
    let short = browser.get("/pair?code=BCDF-GHJK&user_code=BCDF-GHJK").await;
    assert_eq!(led_to(&short), "/dashboard/pair");
    must_not_say(&browser.get("/dashboard/pair?code=BCDF-GHJK&user_code=BCDF-GHJK").await, "value=\"BCDF");
}

#[tokio::test]
async fn a_device_that_is_denied_learns_it() {
    let gateway = Gateway::new().await;
    gateway.person(ADA).await;
    let begun = begin(&gateway, "laptop").await;
    let code = begun["user_code"].as_str().unwrap();
    let mut browser = Browser::of(&gateway, ADA).await;
    must_say(
        &browser.post("/dashboard/pair/decision", &[("code", code), ("decision", "deny")]).await,
        "denied",
    );
    assert_eq!(poll(&gateway, &begun).await["error"], "access_denied");
}

#[tokio::test]
async fn a_sixth_guess_is_not_looked_at() {
    let gateway = Gateway::new().await;
    gateway.person(ADA).await;
    let begun = begin(&gateway, "laptop").await;
    let mut browser = Browser::of(&gateway, ADA).await;
    for _ in 0..5 {
        let wrong = browser.post("/dashboard/pair", &[("code", "BBBB-BBBB")]).await;
        assert_eq!(wrong.status, 422);
        must_say(&wrong, "not right");
    }
    let right = [("code", begun["user_code"].as_str().unwrap())];
    assert_eq!(browser.post("/dashboard/pair", &right).await.status, 429);
    gateway.clock.advance(Duration::from_secs(601));
    let later = begin(&gateway, "laptop").await;
    let right = [("code", later["user_code"].as_str().unwrap())];
    assert_eq!(browser.post("/dashboard/pair", &right).await.status, 200);
}

#[tokio::test]
async fn trust_takes_a_tick() {
    let gateway = Gateway::new().await;
    gateway.person(ADA).await;
    let begun = begin(&gateway, "laptop").await;
    let code = begun["user_code"].as_str().unwrap();
    let mut browser = Browser::of(&gateway, ADA).await;
    let trusted = [("code", code), ("decision", "approve"), ("rule", "trusted")];
    let refused = browser.post("/dashboard/pair/decision", &trusted).await;
    assert_eq!(refused.status, 422);
    must_say(&refused, "tick the box");
    assert_eq!(poll(&gateway, &begun).await["error"], "authorization_pending");
    let ticked = [trusted[0], trusted[1], trusted[2], ("trust_understood", "yes")];
    assert_eq!(browser.post("/dashboard/pair/decision", &ticked).await.status, 200);
}

#[tokio::test]
async fn a_device_elsewhere_is_warned_of_and_takes_a_tick() {
    let gateway = Gateway::new().await;
    gateway.person(ADA).await;
    let address: IpAddr = "203.0.113.9".parse().unwrap();
    let starter = Starter { label: Some("far away"), client: "keyferry-cli", address };
    let begun = gateway.identity.pairings.authorize_device(&starter).await.unwrap();
    let code = begun.user_code.to_string();
    let mut browser = Browser::of(&gateway, ADA).await;
    let review = browser.post("/dashboard/pair", &[("code", &code)]).await;
    must_say(&review, "another network");
    must_say(&review, "203.0.113.9");
    let approve = [("code", code.as_str()), ("decision", "approve"), ("rule", "read-only")];
    assert_eq!(browser.post("/dashboard/pair/decision", &approve).await.status, 422);
    let knowing = [approve[0], approve[1], approve[2], ("from_elsewhere", "yes")];
    assert_eq!(browser.post("/dashboard/pair/decision", &knowing).await.status, 200);
}

#[tokio::test]
async fn clawlinks_devices_are_let_in_only_through_an_open_window_and_start_read_only() {
    let gateway = Gateway::new().await;
    gateway.person(ADA).await;
    let mut browser = Browser::of(&gateway, ADA).await;
    assert_eq!(led_to(&browser.post("/dashboard/devices/window", &[]).await), "/dashboard/devices");
    must_say(&browser.get("/dashboard/devices").await, "It closes");
    let begun =
        gateway.post("/api/openclaw/pair/start").json(json!({"deviceLabel": "claw"})).send().await.json();
    let url = begun["pairUrl"].as_str().unwrap();
    let path = url.strip_prefix("https://keys.example.com").unwrap();

    browser.post("/dashboard/devices/window/close", &[]).await;
    let closed = browser.get(path).await;
    assert_eq!(closed.status, 403);
    must_say(&closed, "Devices page");
    assert_eq!(browser.post(path, &[("decision", "approve"), ("rule", "confirm")]).await.status, 403);

    browser.post("/dashboard/devices/window", &[]).await;
    must_say(&browser.get(path).await, "read only");
    let approved = browser
        .post(path, &[("decision", "approve"), ("rule", "trusted"), ("trust_understood", "yes")])
        .await;
    must_say(&approved, "Read only");

    let session = begun["sessionToken"].as_str().unwrap();
    let proof = json!({"verifier": begun["verifier"]});
    let exchanged =
        gateway.post(&format!("/api/openclaw/pair/sessions/{session}/exchange")).json(proof).send().await;
    assert_eq!(exchanged.status, 200, "{}", exchanged.text);
    must_say(&browser.get("/dashboard/devices").await, "claw");
}
