use super::browser::{Browser, PASSWORD, led_to, must_say};
use crate::gateway::{Answered, Gateway};
use serde_json::{Value, json};
use std::time::Duration;

const ADA: &str = "ada@example.com";

/// Time passes; the gateway goes on hearing of revocations.
async fn wait(gateway: &Gateway, minutes: u64) {
    gateway.clock.advance(Duration::from_secs(minutes * 60));
    gateway.identity.follower.catch_up().await.unwrap();
}

async fn call(gateway: &Gateway, token: &str, door: &str, arguments: &Value) -> Answered {
    let path = format!("/api/tools/segment_delete_source/{door}");
    gateway.post(&path).token(token).json(json!({"arguments": arguments})).send().await
}

/// A source that can be deleted, and a device that asked for it: its token, the arguments, the path of the approval.
async fn asked(gateway: &Gateway, token: &str) -> (Value, String) {
    let body = json!({"arguments": {"limit": 1}});
    let sources =
        gateway.post("/api/tools/segment_list_sources/execute").token(token).json(body).send().await.json();
    let arguments = json!({"sourceId": sources["result"]["data"]["sources"][0]["id"]});
    let preview = call(gateway, token, "preview", &arguments).await;
    let url = preview.json()["data"]["confirmation"]["approvalUrl"].as_str().map(str::to_owned);
    let url = url.unwrap_or_else(|| panic!("{}", preview.text));
    (arguments, url.strip_prefix("https://keys.example.com").unwrap().to_owned())
}

#[tokio::test]
async fn a_person_sees_what_would_happen_and_approves_it_freshly_signed_in() {
    let (gateway, _, token) = Gateway::with_device().await;
    let (arguments, short) = asked(&gateway, &token).await;
    assert_eq!(
        call(&gateway, &token, "execute", &arguments).await.json()["error"]["code"],
        "approval_required"
    );

    let mut browser = Browser::of(&gateway, ADA).await;
    let path = led_to(&browser.get(&short).await).to_owned();
    must_say(&browser.get("/dashboard").await, &path);
    let list = browser.get("/dashboard/approvals").await;
    for said in [path.as_str(), "Delete source: Website", "on Sandbox · asked by “laptop” of Ada"] {
        must_say(&list, said);
    }
    let page = browser.get(&path).await;
    for said in [
        "laptop",
        "Ada",
        "segment_delete_source",
        "high impact",
        "DELETE http",
        "<del>",
        "When it was asked",
        "Decide until",
        "in 59 minutes",
    ] {
        must_say(&page, said);
    }

    wait(&gateway, 11).await;
    must_say(&browser.get(&path).await, "Sign in again to approve");
    let stale = browser.post(&path, &[("decision", "approve")]).await;
    let again = led_to(&stale).to_owned();
    assert!(again.starts_with("/dashboard/sign-in/again?next="), "{again}");
    assert_eq!(browser.post("/dashboard/sign-in/again", &[("password", "wrong")]).await.status, 422);
    let fresh = browser.post("/dashboard/sign-in/again", &[("password", PASSWORD), ("next", &path)]).await;
    assert_eq!(led_to(&fresh), path);

    assert_eq!(led_to(&browser.post(&path, &[("decision", "approve")]).await), path);
    must_say(&browser.get(&path).await, "approved, by Ada");
    let done = call(&gateway, &token, "execute", &arguments).await;
    assert_eq!(done.status, 200, "{}", done.text);
    let after = browser.get(&path).await;
    must_say(&after, "approved, by Ada");
    must_say(&after, "<dt>The call</dt><dd>done</dd>");
    assert_eq!(browser.post(&path, &[("decision", "deny")]).await.status, 412);
}

#[tokio::test]
async fn a_no_needs_no_fresh_sign_in_and_its_reason_is_told() {
    let (gateway, _, token) = Gateway::with_device().await;
    let (arguments, short) = asked(&gateway, &token).await;
    let mut browser = Browser::of(&gateway, ADA).await;
    let path = led_to(&browser.get(&short).await).to_owned();
    wait(&gateway, 11).await;
    let denied = browser.post(&path, &[("decision", "deny"), ("reason", "Not the <live> one.")]).await;
    assert_eq!(led_to(&denied), path);
    must_say(&browser.get(&path).await, "Not the &#60;live&#62; one.");
    let call = call(&gateway, &token, "execute", &arguments).await;
    assert_eq!(call.json()["error"]["code"], "approval_denied");
    must_say(&call, "Not the <live> one.");
}

#[tokio::test]
async fn what_deceives_is_written_out_and_markup_is_text() {
    let (gateway, _, token) = Gateway::with_device().await;
    let body = json!({"arguments": {"limit": 1}});
    let sources =
        gateway.post("/api/tools/segment_list_sources/execute").token(&token).json(body).send().await.json();
    let id = &sources["result"]["data"]["sources"][0]["id"];
    let mut browser = Browser::of(&gateway, ADA).await;
    let device = gateway.get("/api/agent/whoami").token(&token).send().await.json()["device"]["id"].clone();
    let rule = format!("/dashboard/devices/{}/rule", device.as_str().unwrap());
    assert_eq!(browser.post(&rule, &[("rule", "approve")]).await.status, 303);

    let arguments = json!({"sourceId": id, "name": "Docs\u{202e}<script>alert(1)</script>"});
    let path = "/api/tools/segment_update_source/preview";
    let preview = gateway.post(path).token(&token).json(json!({"arguments": arguments})).send().await.json();
    let approval = preview["data"]["confirmation"]["id"].as_str().unwrap_or_else(|| panic!("{preview}"));
    let page = browser.get(&format!("/dashboard/approvals/{approval}")).await;
    must_say(&page, "<ins>Docs⟨U+202E⟩&#60;script&#62;");
    assert!(!page.text.contains("<script"), "{}", page.text);
    assert!(!page.text.contains('\u{202e}'));
}
