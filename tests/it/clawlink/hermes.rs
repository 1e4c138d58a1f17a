//! Pairing as ClawLink's plugin for Hermes does it: begin, approve, finish.

use super::{KEY, decide, fields, is_flat, open_window, text};
use keyferry_testkit::needles::{Needle, found};
use keyferry_testkit::{Answer, Demo, Engine, Person, Wire};
use serde_json::{Value, json};

const SESSIONS: &str = "/api/hermes/bootstrap-sessions";

/// The plugin, on Python.
struct Hermes {
    wire: Wire,
    base: String,
    /// What a proxy in front says about where it is.
    from: &'static str,
}

impl Hermes {
    fn at(demo: &Demo, from: &'static str) -> Self {
        Self { wire: demo.wire.clone(), base: demo.base(), from }
    }

    /// As its code does: a type only where there is a body, and no body where there is nothing to say.
    async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let method = method.parse().expect("a method");
        let mut request = self.wire.client.request(method, format!("{}{path}", self.base));
        request = request.header("accept", "application/json").header("connection", "close");
        request = request.header("user-agent", "clawlink-hermes-plugin/0.1.3");
        if !self.from.is_empty() {
            request = request.header("x-forwarded-for", self.from);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        self.wire.send(request).await
    }

    async fn begin(&self) -> Answer {
        let said = json!({
            "agent_family": "hermes", "agent_version": "Hermes 0.12.0", "client_label": "Hermes Plugin",
            "hostname": "box", "platform": "linux", "approval_return_hint": "chat",
            "requested_transport": "mcp_http_header",
        });
        self.send("POST", SESSIONS, Some(said)).await
    }

    /// One look at the address that it was told.
    async fn finish(&self, session: &Value) -> Answer {
        let url = text(session, "poll_url");
        let path = url.strip_prefix(&self.base).expect("an address of the gateway");
        self.send("GET", path, None).await
    }

    async fn consume(&self, session: &Value) -> Answer {
        self.send("POST", &format!("{SESSIONS}/{}/consume", text(session, "session_id")), None).await
    }
}

async fn turned_on() -> (Demo, Person) {
    let plan = Demo::plan().variable("KEYFERRY_COMPAT__HERMES", "true");
    let demo = plan.variable("KEYFERRY_TRUSTED_PROXIES", "[\"127.0.0.1/32\"]").start(Engine::Sqlite).await;
    let person = demo.person().await;
    open_window(&person).await;
    (demo, person)
}

fn key(session: &Value) -> &str {
    text(&session["install"]["headers"], KEY)
}

#[tokio::test]
async fn it_is_off_unless_the_operator_wants_it_whatever_windows_are_open() {
    let demo = Demo::start(Engine::Sqlite).await;
    open_window(&demo.person().await).await;
    let hermes = Hermes::at(&demo, "");
    let session = json!({"session_id": "hbs_any", "poll_url": format!("{}{SESSIONS}/hbs_any", demo.base())});
    for refused in [hermes.begin().await, hermes.finish(&session).await, hermes.consume(&session).await] {
        is_flat(&refused, 403, "policy_denied");
        assert!(text(&refused.body, "hint").contains("compat.hermes"), "{:#}", refused.body);
    }
}

#[tokio::test]
async fn from_the_first_call_to_a_server_in_its_configuration() {
    let (demo, person) = turned_on().await;
    let hermes = Hermes::at(&demo, "");
    let session = hermes.begin().await.ok();
    let names =
        ["approval_url", "display", "expires_at", "poll_interval_ms", "poll_url", "session_id", "status"];
    assert_eq!(fields(&session), names);
    assert!(text(&session, "session_id").starts_with("hbs_"));
    assert_eq!(
        (&session["status"], &session["poll_interval_ms"]),
        (&json!("pending_approval"), &json!(3000))
    );
    text(&session["display"], "title");
    assert_eq!(hermes.finish(&session).await.ok()["status"], "pending_approval");
    is_flat(&hermes.consume(&session).await, 409, "invalid_arguments");

    let page = person.open(text(&session, "approval_url")).await;
    page.must_say("Hermes Plugin on box").must_say("read only");
    decide(&person, text(&session, "approval_url"), "approve").await;
    let looked = hermes.finish(&session).await.ok();
    let approved = hermes.finish(&session).await.ok();
    assert_eq!((&looked["status"], &approved["status"]), (&json!("approved"), &json!("approved")));
    assert_ne!(key(&looked), key(&approved), "one key, told once");
    let install = &approved["install"];
    assert_eq!(install["url"], json!(format!("{}/api/mcp", demo.base())));
    assert_eq!((&install["server_name"], &install["timeout"]), (&json!("clawlink"), &json!(180)));
    assert_eq!(install["connect_timeout"], 60);

    assert_eq!(tools(&demo, key(&looked)).await.status, 401);
    for _ in 0..2 {
        assert_eq!(hermes.consume(&session).await.ok()["status"], "consumed");
    }
    let over = hermes.finish(&session).await.ok();
    assert_eq!((&over["status"], over.get("install")), (&json!("consumed"), None));
    let tools = tools(&demo, key(&approved)).await.ok();
    let count = tools["result"]["tools"].as_array().unwrap().len();
    assert!(count >= 10, "Hermes takes {count} tools for a failure");
    let whoami = demo.device_with(key(&approved)).get("/api/agent/whoami").await.ok();
    assert_eq!(whoami["device"]["rule"], "read-only");
    let link = text(&session, "approval_url").rsplit('/').next().expect("a link has an end");
    let secrets = [("the session's id", text(&session, "session_id")), ("the link's", link)];
    stands_nowhere(&demo, &secrets).await;
    stands_nowhere(&demo, &[("a key", key(&looked)), ("the key", key(&approved))]).await;
}

/// What `hermes mcp test` counts.
async fn tools(demo: &Demo, key: &str) -> Answer {
    let list = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}});
    let request = demo.wire.client.post(format!("{}/api/mcp", demo.base())).header(KEY, key);
    let request = request.header("accept", "application/json, text/event-stream");
    demo.wire.send(request.header("mcp-protocol-version", "2025-03-26").json(&list)).await
}

/// In no line, number or row.
async fn stands_nowhere(demo: &Demo, secrets: &[(&str, &str)]) {
    let needles: Vec<Needle> = secrets.iter().map(|(name, value)| Needle::new(*name, value)).collect();
    let mut told = found(&needles, "the log", demo.log().as_bytes());
    told.extend(found(&needles, "the metrics", demo.metrics().await.as_bytes()));
    for entry in std::fs::read_dir(&demo.settings.data).expect("the data folder").flatten() {
        let bytes = std::fs::read(entry.path()).unwrap_or_default();
        told.extend(found(&needles, &entry.path().display().to_string(), &bytes));
    }
    assert_eq!(told, Vec::<String>::new());
}

#[tokio::test]
async fn who_sees_the_link_or_is_somewhere_else_gets_no_key() {
    let (demo, person) = turned_on().await;
    let begun_at = Hermes::at(&demo, "203.0.113.9");
    let session = begun_at.begin().await.ok();
    let (id, link) = (text(&session, "session_id"), text(&session, "approval_url"));
    let link_id = link.rsplit('/').next().expect("a link has an end");
    assert!(!link.contains(id) && !id.contains(link_id));
    // The page says that the device is somewhere else, and wants that to be known.
    let page = person.open(link).await;
    let form = page.form(&format!("/hermes/approve/{link_id}")).forge("decision", "approve");
    assert_eq!(person.send(form.clone()).await.status, 422);
    person.send(form.fill("from_elsewhere", "yes")).await.must_say("Read only");

    for guess in [link_id.to_owned(), format!("hbs_{link_id}")] {
        is_flat(&begun_at.send("GET", &format!("{SESSIONS}/{guess}"), None).await, 404, "not_found");
        is_flat(
            &begun_at.send("GET", &format!("/api/openclaw/pair/sessions/{guess}"), None).await,
            404,
            "not_found",
        );
    }
    let elsewhere = Hermes::at(&demo, "203.0.113.10");
    is_flat(&elsewhere.finish(&session).await, 403, "policy_denied");
    is_flat(&elsewhere.consume(&session).await, 403, "policy_denied");
    key(&begun_at.finish(&session).await.ok());
}

#[tokio::test]
async fn a_refused_device_is_told_so_by_an_answer() {
    let (demo, person) = turned_on().await;
    let hermes = Hermes::at(&demo, "");
    let session = hermes.begin().await.ok();
    decide(&person, text(&session, "approval_url"), "deny").await;
    for told in [hermes.finish(&session).await.ok(), hermes.consume(&session).await.ok()] {
        assert_eq!((&told["status"], told.get("install")), (&json!("rejected"), None));
    }
}

#[tokio::test]
async fn an_address_begins_twenty_an_hour_and_only_within_a_window() {
    let (demo, person) = turned_on().await;
    let hermes = Hermes::at(&demo, "203.0.113.9");
    for _ in 0..20 {
        hermes.begin().await.ok();
    }
    let many = hermes.begin().await;
    is_flat(&many, 429, "rate_limited");
    assert!(many.header("retry-after").is_some());
    Hermes::at(&demo, "203.0.113.10").begin().await.ok();
    let page = person.open("/dashboard/devices").await;
    person.send(page.press("Close it now")).await;
    is_flat(&Hermes::at(&demo, "203.0.113.10").begin().await, 403, "policy_denied");
}
