//! The clients of ClawLink, spoken as they speak: each call with the headers that they send, and nothing else.

mod calling;
mod canonical;
mod connecting;
mod discovery;
mod executing;
mod hermes;
mod pairing;

use keyferry_testkit::{Answer, Demo, Person, Wire};
use serde_json::Value;

/// What the OpenClaw plugin sends with everything, on Node.
const HEADERS: [(&str, &str); 6] = [
    ("content-type", "application/json"),
    ("user-agent", "@useclawlink/openclaw-plugin/0.2.0"),
    ("accept", "*/*"),
    ("accept-language", "*"),
    ("sec-fetch-mode", "cors"),
    ("accept-encoding", "gzip, deflate"),
];
/// The header of its key.
const KEY: &str = "x-clawlink-api-key";

/// The OpenClaw plugin. Without a key it makes the public calls.
#[derive(Clone)]
struct Plugin {
    wire: Wire,
    base: String,
    key: Option<String>,
}

impl Plugin {
    fn unpaired(demo: &Demo) -> Self {
        Self { wire: demo.wire.clone(), base: demo.base(), key: None }
    }

    fn with_key(demo: &Demo, key: &str) -> Self {
        Self { key: Some(key.to_owned()), ..Self::unpaired(demo) }
    }

    /// As the demo's device, whose rule is `confirm`.
    fn paired(demo: &Demo) -> Self {
        Self::with_key(demo, &demo.file.device_token)
    }

    /// One request; a body that is no JSON value is sent as it is.
    async fn raw(&self, method: &str, path: &str, body: Option<String>, more: &[(&str, &str)]) -> Answer {
        let method = method.parse().expect("a method");
        let mut request = self.wire.client.request(method, format!("{}{path}", self.base));
        let key = self.key.as_deref().map(|key| (KEY, key));
        for (name, value) in HEADERS.into_iter().chain(key).chain(more.iter().copied()) {
            request = request.header(name, value);
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        self.wire.send(request).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.raw("GET", path, None, &[]).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.raw("POST", path, Some(body.to_string()), &[]).await
    }

    async fn preview(&self, tool: &str, body: Value) -> Answer {
        self.post(&format!("/api/tools/{tool}/preview"), body).await
    }

    async fn execute(&self, tool: &str, body: Value) -> Answer {
        self.post(&format!("/api/tools/{tool}/execute"), body).await
    }
}

/// The sentence that the plugin shows: a text under `error`, or the `message` of an object there.
fn sentence(answer: &Answer) -> &str {
    let error = &answer.body["error"];
    error.as_str().or_else(|| error["message"].as_str()).unwrap_or_default()
}

/// A refusal in the form of the public doors and of every 401.
#[track_caller]
fn is_flat(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.told(), (status, code), "{:#}", answer.body);
    assert!(answer.body["error"].is_string(), "`error` is no sentence: {:#}", answer.body);
    assert!(answer.body["meta"]["requestId"].is_string(), "{:#}", answer.body);
}

/// A refusal in the form of the others.
#[track_caller]
fn is_structured(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.told(), (status, code), "{:#}", answer.body);
    assert_eq!(answer.body["ok"], false, "{:#}", answer.body);
    let error = &answer.body["error"];
    assert!(error["type"].is_string() && error["message"].is_string(), "{error:#}");
    for list in ["details", "missingFields", "invalidFields"] {
        assert!(answer.body[list].is_array(), "{list}: {:#}", answer.body);
    }
}

/// A person opens the ten minutes in which devices pair that show no code.
async fn open_window(person: &Person) {
    let page = person.open("/dashboard/devices").await;
    person.send(page.press("Open it for ten minutes")).await.must_say("Open.");
}

/// A person follows a link of such a device, and decides: `approve` or `deny`.
async fn decide(person: &Person, link: &str, decision: &str) {
    let page = person.open(link).await;
    page.must_say("Let this device in?");
    let path =
        link.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or(link, |(_, path)| path);
    let decided = person.send(page.form(path).forge("decision", decision)).await;
    assert_eq!(decided.status, 200, "{}", decided.words());
}

/// The text of a field that has to be one, and not empty.
#[track_caller]
fn text<'a>(body: &'a Value, name: &str) -> &'a str {
    body[name]
        .as_str()
        .filter(|text| !text.is_empty())
        .unwrap_or_else(|| panic!("{name} is no text: {body:#}"))
}

/// The names of an object's fields.
fn fields(body: &Value) -> Vec<&str> {
    let mut names: Vec<&str> =
        body.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    names
}
