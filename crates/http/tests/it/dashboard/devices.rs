use super::browser::{Browser, led_to, must_not_say, must_say};
use crate::gateway::Gateway;
use keyferry_core::{DeviceId, Rule};

const ADA: &str = "ada@example.com";

async fn whoami(gateway: &Gateway, token: &str) -> u16 {
    gateway.get("/api/agent/whoami").token(token).send().await.status.as_u16()
}

fn token_on(page: &str) -> String {
    let (_, rest) = page.split_once("<code class=\"token\" tabindex=\"0\">").unwrap();
    rest.split('<').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_device_made_by_hand_has_a_token_that_is_shown_once() {
    let gateway = Gateway::new().await;
    gateway.person(ADA).await;
    let mut browser = Browser::of(&gateway, ADA).await;
    let nameless = browser.post("/dashboard/devices", &[("label", "  "), ("rule", "confirm")]).await;
    assert_eq!(nameless.status, 422);
    let made = browser.post("/dashboard/devices", &[("label", "cron"), ("rule", "read-only")]).await;
    let token = token_on(&made.text);
    assert_eq!(whoami(&gateway, &token).await, 200);
    let list = browser.get("/dashboard/devices").await;
    must_say(&list, "cron");
    must_say(&list, "Read only");
    must_not_say(&list, &token);
}

#[tokio::test]
async fn a_device_is_renamed_ruled_given_another_token_and_ended() {
    let gateway = Gateway::new().await;
    let ada = gateway.person(ADA).await;
    let (id, token) = gateway.named_device(&ada, Rule::Confirm).await;
    let path = format!("/dashboard/devices/{id}");
    let mut browser = Browser::of(&gateway, ADA).await;

    assert_eq!(led_to(&browser.post(&format!("{path}/name"), &[("label", "desk")]).await), path);
    must_say(&browser.get(&path).await, "<h1>desk</h1>");
    assert_eq!(browser.post(&format!("{path}/name"), &[("label", "")]).await.status, 422);

    assert_eq!(browser.post(&format!("{path}/rule"), &[("rule", "trusted")]).await.status, 422);
    let trusted = [("rule", "trusted"), ("trust_understood", "yes")];
    assert_eq!(led_to(&browser.post(&format!("{path}/rule"), &trusted).await), path);
    must_say(&browser.get(&path).await, r#"value="trusted" checked"#);

    let replaced = browser.post(&format!("{path}/token"), &[]).await;
    let new = token_on(&replaced.text);
    assert_eq!((whoami(&gateway, &token).await, whoami(&gateway, &new).await), (401, 200));

    assert_eq!(led_to(&browser.post(&format!("{path}/revoke"), &[]).await), "/dashboard/devices");
    assert_eq!(whoami(&gateway, &new).await, 401);
    must_say(&browser.get(&path).await, "revoked or has expired");
}

#[tokio::test]
async fn who_manages_the_team_may_restrain_anothers_device_but_not_free_it_or_take_its_token() {
    let gateway = Gateway::new().await;
    let ada = gateway.person(ADA).await;
    let bob = gateway.colleague(&ada, "bob@example.com").await;
    let (id, token): (DeviceId, String) = gateway.named_device(&bob, Rule::Confirm).await;
    let path = format!("/dashboard/devices/{id}");
    let mut browser = Browser::of(&gateway, ADA).await;
    must_say(&browser.get("/dashboard/devices").await, "of Ada");
    must_not_say(&browser.get(&path).await, "New token");
    assert_eq!(browser.post(&format!("{path}/token"), &[]).await.status, 403);
    let free = [("rule", "trusted"), ("trust_understood", "yes")];
    assert_eq!(browser.post(&format!("{path}/rule"), &free).await.status, 403);
    assert_eq!(led_to(&browser.post(&format!("{path}/rule"), &[("rule", "read-only")]).await), path);
    assert_eq!(led_to(&browser.post(&format!("{path}/revoke"), &[]).await), "/dashboard/devices");
    assert_eq!(whoami(&gateway, &token).await, 401);
}
