use super::browser::{Browser, led_to, must_not_say, must_say};
use crate::gateway::{Gateway, until};
use keyferry_core::Rule;
use keyferry_sandbox::RegionCredentials;
use serde_json::json;

const ADA: &str = "ada@example.com";
const CONNECT: &str = "/dashboard/connect/segment";

fn all_keys(keys: &RegionCredentials) -> Vec<(&str, &str)> {
    vec![
        ("label", "Shop"),
        ("region", "us"),
        ("whose", "me"),
        ("secret.public_api", &keys.public_api),
        ("secret.tracking", keys.tracking().unwrap()),
        ("field.profiles.space_id", &keys.space_id),
        ("secret.profiles", &keys.profiles),
    ]
}

#[tokio::test]
async fn right_keys_are_verified_and_never_shown() {
    let gateway = Gateway::new().await;
    gateway.person(ADA).await;
    let keys = gateway.sandbox.credentials.us.clone();
    let mut browser = Browser::of(&gateway, ADA).await;
    assert_eq!(led_to(&browser.get("/dashboard?add=segment").await), CONNECT);
    let form = browser.get(CONNECT).await;
    for said in ["Access Management", "United States", "European Union", "Space ID", "Only my own devices"] {
        must_say(&form, said);
    }

    let done = browser.post(CONNECT, &all_keys(&keys)).await;
    let path = led_to(&done).to_owned();
    let page = browser.get(&path).await;
    must_say(&page, "The account is connected.");
    assert_eq!(page.text.matches(">verified<").count(), 3, "{}", page.text);
    for secret in [&keys.public_api, keys.tracking().unwrap(), &keys.profiles] {
        must_not_say(&page, secret);
    }
    must_say(&browser.get("/dashboard/connections").await, "1 · Shop");
    assert_eq!(led_to(&browser.post(&format!("{path}/test"), &[]).await), path);
}

#[tokio::test]
async fn a_refused_key_is_said_to_be_refused_by_which_api() {
    let gateway = Gateway::new().await;
    gateway.person(ADA).await;
    let mut browser = Browser::of(&gateway, ADA).await;
    let wrong = [("label", ""), ("region", "eu"), ("secret.public_api", "sgp_wrong")];
    let done = browser.post(CONNECT, &wrong).await;
    let page = browser.get(led_to(&done)).await;
    must_say(&page, "not every key is good");
    must_say(&page, ">refused<");
    must_say(&page, "public_api: ");
    must_not_say(&page, "sgp_wrong");
    must_say(&browser.get("/dashboard").await, "needs a new key");

    let eu = gateway.sandbox.credentials.eu.public_api.clone();
    let slot = "/dashboard/connections/1/slots/public_api";
    let again = browser.post(slot, &[("secret.public_api", "sgp_wrong_too")]).await;
    assert_eq!(again.status, 422);
    must_say(&again, "was refused by");
    must_not_say(&again, "sgp_wrong_too");
    assert_eq!(led_to(&browser.post(slot, &[("secret.public_api", &eu)]).await), "/dashboard/connections/1");
    must_say(&browser.get("/dashboard/connections/1").await, ">verified<");

    let typo = browser.post(slot, &[("secret.public_api", "sgp_mistyped")]).await;
    must_say(&typo, "The key before it works and stays");
    must_say(&browser.get("/dashboard/connections/1").await, ">verified<");
}

#[tokio::test]
async fn a_write_key_that_is_not_the_workspaces_or_cant_be_looked_up_is_not_called_verified() {
    let gateway = Gateway::new().await;
    gateway.person(ADA).await;
    let mut browser = Browser::of(&gateway, ADA).await;
    let alone =
        [("label", "Alone"), ("region", "us"), ("secret.tracking", "0123456789abcdef0123456789abcdef")];
    let path = led_to(&browser.post(CONNECT, &alone).await).to_owned();
    let page = browser.get(&path).await;
    must_say(&page, "can’t be checked");
    must_not_say(&page, ">verified<");

    let keys = gateway.sandbox.credentials.us.clone();
    let beside =
        [("label", "Beside"), ("region", "us"), ("secret.public_api", keys.public_api.as_str()), alone[2]];
    let path = led_to(&browser.post(CONNECT, &beside).await).to_owned();
    let page = browser.get(&path).await;
    assert_eq!(page.text.matches(">verified<").count(), 1, "{}", page.text);
}

#[tokio::test]
async fn an_unfinished_form_connects_nothing() {
    let gateway = Gateway::new().await;
    gateway.person(ADA).await;
    let mut browser = Browser::of(&gateway, ADA).await;
    let base = [("label", "Shop"), ("region", "us")];
    let none = browser.post(CONNECT, &base).await;
    assert_eq!(none.status, 422);
    must_say(&none, "at least one key");
    must_say(&none, r#"value="Shop""#);
    let half = browser.post(CONNECT, &[base[0], base[1], ("secret.profiles", "a-secret")]).await;
    must_say(&half, "Space ID");
    must_not_say(&half, "a-secret");
    let elsewhere =
        browser.post(CONNECT, &[base[0], ("region", "mars"), ("secret.public_api", "sgp_x")]).await;
    assert_eq!(elsewhere.status, 422);
    let spaced = browser.post(CONNECT, &[base[0], base[1], ("secret.public_api", "two words")]).await;
    assert_eq!(spaced.status, 422);
    must_not_say(&spaced, "two words");
    must_say(&browser.get("/dashboard/connections").await, "Nothing is connected");
    assert_eq!(browser.get("/dashboard/connect/nothing").await.status, 404);
}

#[tokio::test]
async fn a_devices_link_names_who_asks_and_ends_with_the_connection() {
    let gateway = Gateway::new().await;
    let ada = gateway.person(ADA).await;
    let token = gateway.device(&ada, Rule::Confirm).await;
    let started =
        gateway.post("/api/connect/start").token(&token).json(json!({"integration": "segment"})).send().await;
    let started = started.json();
    let session = started["sessionToken"].as_str().unwrap();
    let link = started["connectUrl"].as_str().unwrap().strip_prefix("https://keys.example.com").unwrap();

    let mut browser = Browser::of(&gateway, ADA).await;
    let page = led_to(&browser.get(link).await).to_owned();
    let page = browser.get(&page).await;
    for said in ["the device “laptop” of you", "Ada’s team"] {
        must_say(&page, said);
    }

    let wrong = [("label", "x"), ("region", "us"), ("session", session), ("secret.public_api", "sgp_wrong")];
    let refused = led_to(&browser.post(CONNECT, &wrong).await).to_owned();
    let state = async || {
        let state = gateway.get(&format!("/api/connect/sessions/{session}")).send().await.json();
        state["session"]["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(state().await, "awaiting_user_action");
    must_say(&browser.get(&refused).await, session);
    let right = gateway.sandbox.credentials.us.public_api.clone();
    let slot = "/dashboard/connections/1/slots/public_api";
    led_to(&browser.post(slot, &[("secret.public_api", &right), ("session", session)]).await);
    assert_eq!(state().await, "connected");
    let over = browser.get(&format!("{CONNECT}?session={session}")).await;
    assert_eq!(over.status, 410);
}

#[tokio::test]
async fn disconnecting_names_the_devices_and_leaves_nothing() {
    let (gateway, _, token) = Gateway::with_device().await;
    let body = json!({"arguments": {"limit": 1}});
    let read =
        gateway.post("/api/tools/segment_list_sources/execute").token(&token).json(body.clone()).send().await;
    assert_eq!(read.status, 200, "{}", read.text);
    let mut browser = Browser::of(&gateway, ADA).await;
    // A read's row is committed within 50 ms of it.
    until("the page names the device", async || {
        browser.get("/dashboard/connections/1").await.text.contains("<li>laptop")
    })
    .await;
    assert_eq!(
        led_to(&browser.post("/dashboard/connections/1/disconnect", &[]).await),
        "/dashboard/connections"
    );
    assert_eq!(browser.get("/dashboard/connections/1").await.status, 404);
    let after = gateway.post("/api/tools/segment_list_sources/execute").token(&token).json(body).send().await;
    assert_eq!(after.json()["error"]["code"], "needs_connection");
}
