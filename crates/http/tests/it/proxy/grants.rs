//! Changes without a preview: what a device needs for them, and who gives it.

use super::{AsClient, BATCH};
use crate::dashboard::browser::{Browser, led_to, must_not_say, must_say};
use crate::gateway::Gateway;
use keyferry_core::Rule;
use keyferry_store::{Narrowing, device_rules};

const EVENT: &str = r#"{"batch":[{"type":"track","userId":"u","event":"A"}]}"#;
const TRACKING: [(&str, &str); 2] = [("integration", "segment"), ("api", "tracking")];
const PUBLIC_API: [(&str, &str); 2] = [("integration", "segment"), ("api", "public_api")];

async fn told(gateway: &Gateway, token: &str) -> (u16, String) {
    let answer = gateway.post(BATCH).basic(token).body(EVENT).send().await;
    let code = answer.json()["error"]["code"].as_str().unwrap_or_default().to_owned();
    (answer.status.as_u16(), code)
}

#[tokio::test]
async fn a_person_lets_the_changes_of_one_api_pass_and_takes_it_back() {
    let gateway = Gateway::new().await;
    let ada = gateway.person("ada@example.com").await;
    gateway.connect(&ada).await;
    let (id, token) = gateway.named_device(&ada, Rule::Confirm).await;
    let page = format!("/dashboard/devices/{id}");
    let mut browser = Browser::of(&gateway, "ada@example.com").await;
    must_say(&browser.get(&page).await, "https://keys.example.com/proxy/segment/tracking");

    let refused = gateway.post(BATCH).basic(&token).body(EVENT).send().await;
    assert_eq!(refused.status, 412);
    let body = refused.json();
    assert_eq!(body["error"]["code"], "confirmation_required");
    assert!(body["hint"].as_str().unwrap().contains(&page), "{body}");

    assert_eq!(led_to(&browser.post(&format!("{page}/programs"), &PUBLIC_API).await), page);
    assert_eq!(told(&gateway, &token).await.0, 412, "another API was let pass");
    assert_eq!(led_to(&browser.post(&format!("{page}/programs"), &TRACKING).await), page);
    must_say(
        &browser.get(&page).await,
        "<h3>Segment: <code>tracking</code> <span class=\"badge warn\">changes pass",
    );
    assert_eq!(told(&gateway, &token).await.0, 200);

    assert_eq!(led_to(&browser.post(&format!("{page}/programs/end"), &TRACKING).await), page);
    assert_eq!(told(&gateway, &token).await, (412, "confirmation_required".to_owned()));
    assert_eq!(browser.post(&format!("{page}/programs/end"), &TRACKING).await.status, 404);
    let unknown = [("integration", "segment"), ("api", "profiles")];
    assert_eq!(browser.post(&format!("{page}/programs"), &unknown).await.status, 404, "it has no changes");
}

#[tokio::test]
async fn a_grant_is_the_owners_to_give_and_a_managers_to_take() {
    let gateway = Gateway::new().await;
    let ada = gateway.person("ada@example.com").await;
    let bob = gateway.colleague(&ada, "bob@example.com").await;
    gateway.connect(&bob).await;
    let (id, token) = gateway.named_device(&bob, Rule::Confirm).await;
    let page = format!("/dashboard/devices/{id}");
    let mut manager = Browser::of(&gateway, "ada@example.com").await;
    must_not_say(&manager.get(&page).await, "Let changes pass");
    assert_eq!(manager.post(&format!("{page}/programs"), &TRACKING).await.status, 403);
    let grant = gateway.identity.devices.grant_proxy(&bob.principal, &id, ("segment", "tracking")).await;
    grant.unwrap();
    assert_eq!(told(&gateway, &token).await.0, 200);
    assert_eq!(led_to(&manager.post(&format!("{page}/programs/end"), &TRACKING).await), page);
    assert_eq!(told(&gateway, &token).await.0, 412);
}

#[tokio::test]
async fn no_grant_frees_a_read_only_device_or_what_was_narrowed() {
    let gateway = Gateway::new().await;
    let ada = gateway.person("ada@example.com").await;
    gateway.connect(&ada).await;
    for rule in [Rule::ReadOnly, Rule::Approve, Rule::Confirm] {
        let (id, token) = gateway.named_device(&ada, rule).await;
        gateway.identity.devices.grant_proxy(&ada.principal, &id, ("segment", "tracking")).await.unwrap();
        let expected =
            if rule == Rule::ReadOnly { (403, "policy_denied".to_owned()) } else { (200, String::new()) };
        assert_eq!(told(&gateway, &token).await, expected, "{rule}");
        let narrowing = Narrowing {
            integration: None,
            connection: None,
            tool: Some("segment_batch".to_owned()),
            rule: Rule::Approve,
        };
        if rule == Rule::Confirm {
            let mut tx = gateway.db.begin().await.unwrap();
            let team = &ada.principal.team;
            use keyferry_core::Clock as _;
            device_rules::replace(&mut tx, team, &id, &[narrowing], gateway.clock.now()).await.unwrap();
            tx.commit().await.unwrap();
            crate::gateway::until("the rule is heard of", async || told(&gateway, &token).await.0 == 412)
                .await;
        }
    }
}
