//! Pairing as the OpenClaw plugin does it: a device flow with a link and a secret verifier.

use super::{Plugin, decide, fields, is_flat, open_window, text};
use keyferry_testkit::{Answer, Demo, Engine, Person};
use rstest::rstest;
use serde_json::{Value, json};

const START: &str = "/api/openclaw/pair/start";

struct Pairing {
    plugin: Plugin,
    started: Value,
}

impl Pairing {
    async fn start(demo: &Demo) -> Self {
        let plugin = Plugin::unpaired(demo);
        let started = plugin.post(START, json!({"deviceLabel": "claw"})).await.ok();
        Self { plugin, started }
    }

    fn path(&self) -> String {
        format!("/api/openclaw/pair/sessions/{}", text(&self.started, "sessionToken"))
    }

    async fn status(&self) -> Value {
        let answer = self.plugin.get(&self.path()).await.ok();
        assert_eq!(fields(&answer), ["session"]);
        answer["session"]["status"].clone()
    }

    async fn step(&self, step: &str, body: Value) -> Answer {
        self.plugin.post(&format!("{}/{step}", self.path()), body).await
    }

    fn proof(&self) -> Value {
        json!({"verifier": self.started["verifier"]})
    }

    async fn decide(&self, person: &Person, decision: &str) {
        decide(person, text(&self.started, "pairUrl"), decision).await;
    }
}

#[rstest]
#[tokio::test]
async fn from_the_first_call_to_a_key_that_works(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let demo = Demo::start(engine).await;
    let person = demo.person().await;
    open_window(&person).await;
    let pairing = Pairing::start(&demo).await;
    started_as_the_plugin_needs_it(&demo, &pairing.started);
    assert_eq!(pairing.status().await, "awaiting_browser");
    for step in ["exchange", "finalize"] {
        is_flat(&pairing.step(step, pairing.proof()).await, 409, "approval_required");
    }

    pairing.decide(&person, "approve").await;
    assert_eq!(pairing.status().await, "ready_for_device");
    is_flat(&pairing.step("finalize", pairing.proof()).await, 409, "invalid_arguments");
    for wrong in [json!({"verifier": "wrong"}), json!({}), json!({"verifier": null})] {
        for step in ["exchange", "finalize"] {
            is_flat(&pairing.step(step, wrong.clone()).await, 400, "invalid_arguments");
        }
    }

    let lost = pairing.step("exchange", pairing.proof()).await.ok();
    assert_eq!(fields(&lost), ["apiKey", "apiKeyId", "session"]);
    assert_eq!(pairing.status().await, "awaiting_local_save");
    let kept = pairing.step("exchange", pairing.proof()).await.ok();
    assert_ne!(lost["apiKey"], kept["apiKey"], "one key, told once");
    assert_eq!(lost["apiKeyId"], kept["apiKeyId"], "the device is the same");
    for _ in 0..2 {
        let finalized = pairing.step("finalize", pairing.proof()).await.ok();
        assert_eq!(finalized["session"]["status"], "paired");
    }
    is_flat(&pairing.step("exchange", pairing.proof()).await, 409, "invalid_arguments");

    let lost = Plugin::with_key(&demo, text(&lost, "apiKey"));
    is_flat(&lost.get("/api/integrations").await, 401, "unauthorized");
    let kept = Plugin::with_key(&demo, text(&kept, "apiKey"));
    assert_eq!(kept.get("/api/integrations").await.ok()["integrations"][0]["integration"], "segment");
    let whoami = kept.get("/api/agent/whoami").await.ok();
    assert_eq!(
        (&whoami["device"]["rule"], &whoami["device"]["label"]),
        (&json!("read-only"), &json!("claw"))
    );
    assert_eq!(whoami["device"]["client"], "@useclawlink/openclaw-plugin/0.2.0");
}

/// What the plugin takes for a pending pairing only when it is there and no empty text.
#[track_caller]
fn started_as_the_plugin_needs_it(demo: &Demo, started: &Value) {
    let names = [
        "deviceLabel",
        "displayCode",
        "expiresAt",
        "pairUrl",
        "pollIntervalMs",
        "sessionToken",
        "status",
        "verifier",
    ];
    assert_eq!(fields(started), names);
    let token = text(started, "sessionToken");
    assert_eq!(text(started, "pairUrl"), format!("{}/openclaw/pair/{token}", demo.base()));
    assert_ne!(text(started, "verifier"), token);
    assert!(text(started, "expiresAt").ends_with('Z'));
    let code = text(started, "displayCode");
    let readable = |letter: char| letter.is_ascii_uppercase() || letter.is_ascii_digit();
    assert!(code.len() == 8 && code.chars().all(|c| readable(c) && !"IO01".contains(c)), "{code}");
    assert_eq!((&started["status"], &started["pollIntervalMs"]), (&json!("awaiting_browser"), &json!(3000)));
}

#[tokio::test]
async fn a_refused_device_fails_and_nobodys_session_is_not_found() {
    let demo = Demo::start(Engine::Sqlite).await;
    let person = demo.person().await;
    open_window(&person).await;
    let mut pairing = Pairing::start(&demo).await;
    pairing.decide(&person, "deny").await;
    assert_eq!(pairing.status().await, "failed");
    for step in ["exchange", "finalize"] {
        is_flat(&pairing.step(step, pairing.proof()).await, 409, "approval_denied");
    }
    pairing.started["sessionToken"] = json!("nobodys");
    is_flat(&pairing.plugin.get(&pairing.path()).await, 404, "not_found");
    for step in ["exchange", "finalize"] {
        is_flat(&pairing.step(step, pairing.proof()).await, 404, "not_found");
    }
}

#[tokio::test]
async fn it_is_there_only_while_a_person_holds_the_window_open() {
    let demo = Demo::start(Engine::Sqlite).await;
    let (person, plugin) = (demo.person().await, Plugin::unpaired(&demo));
    let closed = plugin.post(START, json!({"deviceLabel": "claw"})).await;
    is_flat(&closed, 403, "policy_denied");
    assert!(text(&closed.body, "hint").contains("Devices page"));

    open_window(&person).await;
    let pairing = Pairing::start(&demo).await;
    let page = person.open("/dashboard/devices").await;
    person.send(page.press("Close it now")).await;
    is_flat(&plugin.post(START, json!({})).await, 403, "policy_denied");
    let page = person.open(text(&pairing.started, "pairUrl")).await;
    assert_eq!(page.status, 403, "{}", page.words());
    assert_eq!(pairing.status().await, "awaiting_browser");
}

#[tokio::test]
async fn what_a_device_says_of_itself_is_optional_and_cut() {
    let demo = Demo::start(Engine::Sqlite).await;
    open_window(&demo.person().await).await;
    let plugin = Plugin::unpaired(&demo);
    for (body, label) in [
        (Some(json!({}).to_string()), "OpenClaw device".to_owned()),
        (None, "OpenClaw device".to_owned()),
        (Some(json!({"deviceLabel": null}).to_string()), "OpenClaw device".to_owned()),
        (Some(json!({"deviceLabel": "  "}).to_string()), "OpenClaw device".to_owned()),
        (Some(json!({"deviceLabel": format!(" {} ", "x".repeat(200))}).to_string()), "x".repeat(80)),
    ] {
        let started = plugin.raw("POST", START, body.clone(), &[]).await.ok();
        assert_eq!(started["deviceLabel"], json!(label), "{body:?}");
    }
    is_flat(&plugin.raw("POST", START, Some("{".to_owned()), &[]).await, 400, "invalid_arguments");
    is_flat(&plugin.post(START, json!({"deviceLabel": 7})).await, 400, "invalid_arguments");
}
