//! Another member's and another team's ids, on every route: nothing is read, nothing is changed, and the answer is the
//! same as for ids that don't exist.

use keyferry_core::Role;
use keyferry_testkit::{Demo, Device, Engine, Person, Typed};
use rstest::rstest;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

/// What belongs to the demo's owner alone.
struct Hers {
    number: i64,
    call: String,
    approval: String,
    device: String,
    team: String,
    connect_link: String,
}

impl Hers {
    async fn of(demo: &Demo) -> Self {
        let (device, person) = (demo.device(), demo.person().await);
        let number = person.connected("Hers alone", "eu", Typed::all(&demo.keys.eu)).await;
        let with = json!({"connectionId": number});
        let listed = device.call_with("segment_list_sources", json!({"limit": 100}), with.clone()).await.ok();
        let source = listed["result"]["data"]["sources"][0]["id"].clone();
        let deletion = json!({"sourceId": source});
        device.preview_with("segment_delete_source", deletion.clone(), with.clone()).await.ok();
        let asked = device.call_with("segment_delete_source", deletion, with).await;
        let approval =
            asked.body["approvalUrl"].as_str().and_then(|url| url.rsplit('/').next()).expect("an approval");
        let started = device.json(
            "POST",
            "/api/connect/start",
            json!({"integration": "segment", "reuseIfConnected": false}),
        );
        let started = started.await.ok();
        let whoami = device.get("/api/agent/whoami").await.ok();
        Self {
            number,
            call: text(&listed["meta"]["callId"]),
            approval: approval.to_owned(),
            device: text(&whoami["device"]["id"]),
            team: text(&whoami["team"]["id"]),
            connect_link: text(&started["sessionToken"]),
        }
    }

    /// The same shapes, and nobody's.
    fn nobodys(&self) -> Self {
        let other = |id: &String| {
            let (kept, last) = id.split_at(id.len() - 4);
            format!("{kept}{}", if last == "0000" { "1111" } else { "0000" })
        };
        Self {
            number: 987_654,
            call: other(&self.call),
            approval: other(&self.approval),
            device: other(&self.device),
            team: other(&self.team),
            connect_link: other(&self.connect_link),
        }
    }

    /// Takes the ids out of an answer, so that two answers can be compared.
    fn masked(&self, text: &str) -> String {
        let ids = [&self.call, &self.approval, &self.device, &self.team, &self.connect_link];
        let text = ids.into_iter().fold(text.to_owned(), |text, id| text.replace(id.as_str(), "ID"));
        ["connection ", "connections/", "Connection ", "Number "].into_iter().fold(text, |text, before| {
            text.replace(&format!("{before}{}", self.number), &format!("{before}NUMBER"))
        })
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// Every route of the API that takes an id, with one.
fn api(ids: &Hers) -> Vec<(&'static str, &'static str, String, Value)> {
    let with = json!({"arguments": {}, "connectionId": ids.number});
    vec![
        ("GET", "/api/connections/{number}", format!("/api/connections/{}", ids.number), Value::Null),
        (
            "POST",
            "/api/connections/{number}/test",
            format!("/api/connections/{}/test", ids.number),
            Value::Null,
        ),
        ("GET", "/api/calls/{id}", format!("/api/calls/{}", ids.call), Value::Null),
        (
            "POST",
            "/api/tools/{name}/preview",
            "/api/tools/segment_list_sources/preview".to_owned(),
            with.clone(),
        ),
        ("POST", "/api/tools/{name}/execute", "/api/tools/segment_list_sources/execute".to_owned(), with),
        ("GET", "/api/calls", format!("/api/calls?connection={}", ids.number), Value::Null),
        ("GET", "/api/calls", format!("/api/calls?parent={}", ids.call), Value::Null),
    ]
}

/// The route, an address that it serves, and the fields of a form; without fields the page is opened.
type Visit = (&'static str, String, Vec<(&'static str, &'static str)>);

/// Every page and form that takes an id, with one.
fn pages(ids: &Hers) -> Vec<Visit> {
    let connection = format!("/dashboard/connections/{}", ids.number);
    let device = format!("/dashboard/devices/{}", ids.device);
    let approval = format!("/dashboard/approvals/{}", ids.approval);
    let get = |pattern, path: String| (pattern, path, Vec::new());
    vec![
        get("/dashboard/approvals/{id}", approval.clone()),
        get("/approve/{id}", format!("/approve/{}", ids.approval)),
        ("/dashboard/approvals/{id}", approval.clone(), vec![("decision", "approve")]),
        ("/dashboard/approvals/{id}", approval, vec![("decision", "deny"), ("reason", "mine")]),
        get("/dashboard/devices/{id}", device.clone()),
        ("/dashboard/devices/{id}/name", format!("{device}/name"), vec![("label", "mine")]),
        ("/dashboard/devices/{id}/rule", format!("{device}/rule"), vec![("rule", "read-only")]),
        ("/dashboard/devices/{id}/token", format!("{device}/token"), vec![("b", "1")]),
        ("/dashboard/devices/{id}/revoke", format!("{device}/revoke"), vec![("b", "1")]),
        get("/dashboard/connections/{number}", connection.clone()),
        ("/dashboard/connections/{number}/name", format!("{connection}/name"), vec![("label", "mine")]),
        ("/dashboard/connections/{number}/default", format!("{connection}/default"), vec![("b", "1")]),
        ("/dashboard/connections/{number}/test", format!("{connection}/test"), vec![("b", "1")]),
        ("/dashboard/connections/{number}/disconnect", format!("{connection}/disconnect"), vec![("b", "1")]),
        (
            "/dashboard/connections/{number}/slots/{slot}",
            format!("{connection}/slots/public_api"),
            vec![("secret.public_api", "sgp_mine")],
        ),
        (
            "/dashboard/connections/{number}/slots/{slot}/remove",
            format!("{connection}/slots/tracking/remove"),
            vec![("b", "1")],
        ),
    ]
}

/// What serves every member of the team, and nobody else.
fn pages_of_the_team(ids: &Hers) -> Vec<Visit> {
    let (link, path) = (&ids.connect_link, "connect/segment?session=");
    vec![
        ("/dashboard/connect/{slug}", format!("/dashboard/{path}{link}"), Vec::new()),
        ("/connect/{slug}", format!("/{path}{link}"), Vec::new()),
        ("/dashboard/team", "/dashboard/team".to_owned(), vec![("team", "TEAM")]),
    ]
}

/// Somebody with a session and a device of their own.
struct Stranger {
    person: Person,
    device: Device,
}

async fn member(demo: &Demo) -> Stranger {
    let person = demo.join("member", Role::Member).await;
    let device = demo.device_with(&person.new_device("member's", "trusted").await);
    Stranger { person, device }
}

async fn outsider(demo: &Demo) -> Stranger {
    let person = demo.outsider("outsider").await;
    let device = demo.device_with(&person.new_device("outsider's", "trusted").await);
    Stranger { person, device }
}

#[rstest]
#[tokio::test]
async fn nothing_of_hers_is_there_for_anybody_else(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let demo = Demo::start(engine).await;
    let hers = Hers::of(&demo).await;
    let nobodys = hers.nobodys();
    let before = (snapshot(&demo, &hers).await, demo.sandbox.last().await);
    for (who, stranger) in [("a member", member(&demo).await), ("another team", outsider(&demo).await)] {
        for ((method, _, path, body), (_, _, missing, nothing)) in api(&hers).into_iter().zip(api(&nobodys)) {
            let told = stranger.device.json(method, &path, body).await;
            let expected = stranger.device.json(method, &missing, nothing).await;
            let (told, expected) = (answer(&hers, &told), answer(&nobodys, &expected));
            assert_eq!(told, expected, "{who}: {method} {path}");
        }
        let of_team = who == "another team";
        let more = |ids: &Hers| if of_team { pages_of_the_team(ids) } else { Vec::new() };
        let hers_pages = pages(&hers).into_iter().chain(more(&hers));
        for (hers_page, nobodys_page) in hers_pages.zip(pages(&nobodys).into_iter().chain(more(&nobodys))) {
            let what = format!("{who}: {}", hers_page.1);
            let told = page_of(&stranger.person, &hers, hers_page).await;
            let expected = page_of(&stranger.person, &nobodys, nobodys_page).await;
            assert_eq!(told, expected, "{what}");
            assert!(told.0 >= 400, "{what}: {told:?}");
        }
        lists_hold_nothing(&stranger, &hers).await;
    }
    assert_eq!(snapshot(&demo, &hers).await, before.0, "something of hers was changed");
    assert_eq!(demo.sandbox.requests(before.1).await, Vec::<Value>::new(), "her key was used");
}

fn answer(ids: &Hers, answer: &keyferry_testkit::Answer) -> (u16, String) {
    let mut body = answer.body.clone();
    if let Some(body) = body.as_object_mut() {
        body.remove("meta");
    }
    (answer.status, ids.masked(&body.to_string()))
}

async fn page_of(person: &Person, ids: &Hers, page: Visit) -> (u16, String) {
    let (_, path, fields) = page;
    if fields.is_empty() {
        let page = person.open(&path).await;
        return (page.status, ids.masked(&page.words()));
    }
    let csrf = person.csrf().await;
    let fields = fields
        .into_iter()
        .map(|(name, value)| (name, if value == "TEAM" { ids.team.as_str() } else { value }));
    let fields: Vec<(&str, &str)> = fields.chain([("csrf", csrf.as_str())]).collect();
    let answer = person.post_fields(&path, &fields).await;
    (
        answer.status,
        ids.masked(&keyferry_testkit::Page { status: answer.status, path, html: answer.text }.words()),
    )
}

/// What lists tell is the stranger's own.
async fn lists_hold_nothing(stranger: &Stranger, hers: &Hers) {
    let lists =
        ["/api/integrations", "/api/connections", "/api/calls", "/api/approvals", "/api/agent/whoami"];
    for path in lists {
        let text = stranger.device.get(path).await.text;
        for id in [&hers.call, &hers.approval, &hers.device] {
            assert!(!text.contains(id.as_str()), "{path} tells {id}: {text}");
        }
        assert!(!text.contains("Hers alone") && !text.contains("Demo workspace"), "{path}: {text}");
    }
    for path in [
        "/dashboard",
        "/dashboard/approvals",
        "/dashboard/devices",
        "/dashboard/connections",
        "/dashboard/calls",
    ] {
        let html = stranger.person.open(path).await.html;
        for hidden in [&hers.call, &hers.approval, &hers.device, &"Hers alone".to_owned()] {
            assert!(!html.contains(hidden.as_str()), "{path} tells {hidden}");
        }
    }
}

/// What she would notice.
async fn snapshot(demo: &Demo, hers: &Hers) -> Value {
    let device = demo.device();
    let mut connection = device.get(&format!("/api/connections/{}", hers.number)).await.ok();
    connection.as_object_mut().expect("a connection").remove("lastUsedAt");
    let approvals = device.get("/api/approvals").await.ok();
    let whoami = device.get("/api/agent/whoami").await.ok();
    let session = device.get(&format!("/api/connect/sessions/{}", hers.connect_link)).await.ok();
    json!({
        "connection": connection,
        "approvals": approvals["approvals"],
        "device": [whoami["device"]["label"], whoami["device"]["rule"]],
        "session": session["session"]["status"],
    })
}

#[test]
fn every_route_with_an_id_is_tried() {
    let ids = Hers {
        number: 1,
        call: String::new(),
        approval: String::new(),
        device: String::new(),
        team: String::new(),
        connect_link: String::new(),
    };
    let tried: BTreeSet<String> = api(&ids).into_iter().map(|(_, pattern, ..)| pattern.to_owned()).collect();
    let missed: Vec<String> =
        described().into_iter().filter(|path| !tried.contains(path) && !without_owner(path)).collect();
    assert_eq!(missed, Vec::<String>::new(), "routes of openapi.json");
    let pages = pages(&ids).into_iter().chain(pages_of_the_team(&ids));
    let tried: BTreeSet<String> = pages.map(|(pattern, ..)| pattern.to_owned()).collect();
    let missed: Vec<String> =
        page_routes().into_iter().filter(|path| !tried.contains(path) && !without_owner(path)).collect();
    assert_eq!(missed, Vec::<String>::new(), "routes of the dashboard");
}

/// Routes whose parameter is nobody's row: a name of the catalog, or a secret that is the permission itself.
fn without_owner(path: &str) -> bool {
    path.contains("{token}")
        || path.contains("{file}")
        || path.contains("{*path}")
        || path.contains("{link}")
        || path == "/api/tools/{name}"
}

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Paths with a parameter, as the committed description of the API has them.
fn described() -> Vec<String> {
    let document: Value = serde_json::from_str(&read("openapi.json")).expect("openapi.json is JSON");
    let paths = document["paths"].as_object().expect("paths").keys();
    paths.filter(|path| path.contains('{')).cloned().collect()
}

/// Paths with a parameter, as the dashboard's router has them.
fn page_routes() -> Vec<String> {
    let source = read("crates/http/src/dashboard/mod.rs");
    let routes = source.split(".route(\"").skip(1).filter_map(|rest| rest.split('"').next());
    routes.filter(|path| path.contains('{')).map(str::to_owned).collect()
}
