//! What is another team's or another member's is answered exactly as what does not exist.

use super::browser::Browser;
use crate::gateway::{Answered, Gateway, Person};
use keyferry_core::{ConfirmationId, DeviceId, Rule};
use serde_json::json;

const ADA: &str = "ada@example.com";

struct Things {
    number: i64,
    device: String,
    approval: String,
    session: String,
}

/// Things of Ada, who has two connections, so that number 2 is nobody else's.
async fn things_of(gateway: &Gateway, ada: &Person) -> Things {
    gateway.connect(ada).await;
    let number = gateway.connect(ada).await;
    let (device, token) = gateway.named_device(ada, Rule::Approve).await;
    let link = gateway
        .post("/api/connect/start")
        .token(&token)
        .json(json!({"integration": "segment", "reuseIfConnected": false}))
        .send()
        .await
        .json();
    let list = json!({"arguments": {"limit": 1}, "connectionId": number});
    let sources =
        gateway.post("/api/tools/segment_list_sources/execute").token(&token).json(list).send().await.json();
    let asked = json!({"sourceId": sources["result"]["data"]["sources"][0]["id"]});
    let body = json!({"arguments": asked, "connectionId": number});
    let preview =
        gateway.post("/api/tools/segment_delete_source/preview").token(&token).json(body).send().await.json();
    let approval = preview["data"]["confirmation"]["id"].as_str().unwrap_or_else(|| panic!("{preview}"));
    Things {
        number,
        device: device.to_string(),
        approval: approval.to_owned(),
        session: link["sessionToken"].as_str().unwrap().to_owned(),
    }
}

fn nobodys() -> Things {
    Things {
        number: 77,
        device: DeviceId::new().to_string(),
        approval: ConfirmationId::new().to_string(),
        session: "nobodys".to_owned(),
    }
}

fn pages(things: &Things) -> Vec<String> {
    vec![
        format!("/dashboard/connections/{}", things.number),
        format!("/dashboard/devices/{}", things.device),
        format!("/dashboard/approvals/{}", things.approval),
        format!("/dashboard/connect/segment?session={}", things.session),
    ]
}

fn forms(things: &Things) -> Vec<(String, Vec<(&str, &str)>)> {
    let Things { number, device, approval, session } = things;
    vec![
        (format!("/dashboard/connections/{number}/name"), vec![("label", "mine")]),
        (format!("/dashboard/connections/{number}/default"), vec![]),
        (format!("/dashboard/connections/{number}/test"), vec![]),
        (format!("/dashboard/connections/{number}/disconnect"), vec![]),
        (format!("/dashboard/connections/{number}/slots/tracking"), vec![("secret.tracking", "mine")]),
        (format!("/dashboard/connections/{number}/slots/tracking/remove"), vec![]),
        (format!("/dashboard/devices/{device}/name"), vec![("label", "mine")]),
        (format!("/dashboard/devices/{device}/rule"), vec![("rule", "confirm")]),
        (format!("/dashboard/devices/{device}/token"), vec![]),
        (format!("/dashboard/devices/{device}/revoke"), vec![]),
        (format!("/dashboard/approvals/{approval}"), vec![("decision", "approve")]),
        (format!("/dashboard/approvals/{approval}"), vec![("decision", "deny")]),
        (
            "/dashboard/connect/segment".to_owned(),
            vec![("session", session), ("label", "x"), ("region", "us"), ("secret.public_api", "mine")],
        ),
    ]
}

async fn must_be_alike(browser: &mut Browser<'_>, theirs: &Things) {
    let none = nobodys();
    for (there, not_there) in pages(theirs).iter().zip(pages(&none)) {
        let (one, other) = (browser.get(there).await, browser.get(&not_there).await);
        must_be_nothing(there, &one, &other);
    }
    for ((there, fields), (not_there, same)) in forms(theirs).iter().zip(forms(&none)) {
        let (one, other) = (browser.post(there, fields).await, browser.post(&not_there, &same).await);
        must_be_nothing(there, &one, &other);
    }
}

fn must_be_nothing(path: &str, one: &Answered, other: &Answered) {
    assert_eq!(one.status, 404, "{path}: {}", one.text);
    assert_eq!((one.status, &one.text), (other.status, &other.text), "{path}");
}

#[tokio::test]
async fn another_teams_things_are_nothing() {
    let gateway = Gateway::new().await;
    let ada = gateway.person(ADA).await;
    let things = things_of(&gateway, &ada).await;
    gateway.person("eve@example.com").await;
    must_be_alike(&mut Browser::of(&gateway, "eve@example.com").await, &things).await;
    must_still_be_there(&gateway, &things).await;
}

#[tokio::test]
async fn another_members_own_things_are_nothing() {
    let gateway = Gateway::new().await;
    let ada = gateway.person(ADA).await;
    let mut things = things_of(&gateway, &ada).await;
    gateway.colleague(&ada, "bob@example.com").await;
    // A colleague who may connect may follow the link of a device of the same team: that is what it is for.
    let link = std::mem::replace(&mut things.session, "nobodys-either".to_owned());
    let mut bob = Browser::in_team_of(&gateway, &ada, "bob@example.com").await;
    must_be_alike(&mut bob, &things).await;
    assert_eq!(bob.get(&format!("/dashboard/connect/segment?session={link}")).await.status, 200);
    must_still_be_there(&gateway, &things).await;
}

async fn must_still_be_there(gateway: &Gateway, things: &Things) {
    let mut ada = Browser::of(gateway, ADA).await;
    for path in &pages(things)[..3] {
        let page = ada.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(!page.text.contains("mine"), "{path}: {}", page.text);
    }
    let approval = ada.get(&format!("/dashboard/approvals/{}", things.approval)).await;
    assert!(approval.text.contains("Decide until"), "{}", approval.text);
}
