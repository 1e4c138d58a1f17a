//! Every route that `openapi.json` names, asked by nobody, by somebody with a wrong token, and about what is another
//! team's or another member's.

use crate::gateway::{Asking, Gateway, Person, until};
use axum::http::Method;
use keyferry_core::{CallId, Rule};
use serde_json::{Value, json};

/// One operation of the description.
struct Route {
    method: Method,
    path: String,
    /// Whether it takes a device.
    guarded: bool,
}

fn routes() -> Vec<Route> {
    let api: Value = serde_json::from_str(&keyferry_http::openapi()).unwrap();
    let mut routes = Vec::new();
    // What the proxy takes is the catalog's; its own tests ask it.
    for (path, operations) in
        api["paths"].as_object().unwrap().iter().filter(|(path, _)| !path.starts_with("/proxy/"))
    {
        for (method, operation) in operations.as_object().unwrap() {
            let Ok(method) = method.to_uppercase().parse::<Method>() else { continue };
            let guarded = operation.get("security").is_some();
            routes.push(Route { method, path: path.clone(), guarded });
        }
    }
    routes
}

fn guarded() -> Vec<Route> {
    routes().into_iter().filter(|route| route.guarded).collect()
}

/// What a route is asked about.
struct Ids<'a> {
    number: i64,
    call: &'a str,
}

impl Route {
    fn ask(&self, gateway: &Gateway, ids: &Ids<'_>) -> Asking {
        let number = ids.number.to_string();
        let path = self
            .path
            .replace("{connection}", &number)
            .replace("{id}", ids.call)
            .replace("{name}", "segment_list_sources")
            .replace("{integration}/{action}", "segment/list_sources")
            .replace("{token}", "nobodys")
            .replace("{session}", "hbs_nobodys");
        assert!(!path.contains('{'), "{path}: say here what stands in the place of its parameter");
        let asking = gateway.ask(self.method.clone(), &path);
        match self.method {
            Method::POST => {
                asking.json(json!({"connectionId": ids.number, "integration": "segment", "arguments": {}}))
            }
            _ => asking,
        }
    }

    /// Whether it is about one thing of a team, by its id or number.
    fn is_about_one_thing(&self) -> bool {
        self.path.contains("{connection}")
            || self.path.contains("{id}")
            || self.method == Method::POST && self.path.contains("{name}")
    }
}

/// Somebody else's things.
struct Others {
    person: Person,
    token: String,
    call: String,
}

impl Others {
    /// With two connections, so that number 2 exists, and a call on it.
    async fn new(gateway: &Gateway, person: Person) -> Self {
        gateway.connect(&person).await;
        let number = gateway.connect(&person).await;
        let token = gateway.device(&person, Rule::Confirm).await;
        let body = json!({"arguments": {}, "connectionId": number});
        let done =
            gateway.post("/api/tools/segment_list_sources/execute").token(&token).json(body).send().await;
        let call = done.json()["meta"]["callId"].as_str().unwrap().to_owned();
        let path = format!("/api/calls/{call}");
        until("the call is in the journal", async || {
            gateway.get(&path).token(&token).send().await.json()["state"] == "succeeded"
        })
        .await;
        Self { person, token, call }
    }

    async fn highest_number(&self, gateway: &Gateway) -> i64 {
        let list = gateway.get("/api/connections").token(&self.token).send().await.json();
        list["connections"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["number"].as_i64().unwrap())
            .max()
            .unwrap()
    }

    /// All that a device of theirs sees.
    async fn state(&self, gateway: &Gateway) -> Vec<Value> {
        let mut seen = Vec::new();
        for path in ["/api/connections", "/api/calls?beneath=true", "/api/approvals"] {
            seen.push(gateway.get(path).token(&self.token).send().await.json());
        }
        seen
    }
}

#[tokio::test]
async fn the_description_is_whole() {
    let routes = routes();
    assert_eq!(routes.len(), 39, "a route came or went: look whether it takes a device");
    let open: Vec<&str> =
        routes.iter().filter(|route| !route.guarded).map(|route| route.path.as_str()).collect();
    assert_eq!(
        open,
        [
            "/.well-known/oauth-authorization-server",
            "/.well-known/oauth-protected-resource",
            "/.well-known/oauth-protected-resource/api",
            "/.well-known/oauth-protected-resource/mcp",
            "/api/connect/sessions/{token}",
            "/api/hermes/bootstrap-sessions",
            "/api/hermes/bootstrap-sessions/{session}",
            "/api/hermes/bootstrap-sessions/{session}/consume",
            "/api/openclaw/pair/sessions/{token}",
            "/api/openclaw/pair/sessions/{token}/exchange",
            "/api/openclaw/pair/sessions/{token}/finalize",
            "/api/openclaw/pair/start",
            "/healthz",
            "/oauth/device_authorization",
            "/oauth/register",
            "/oauth/revoke",
            "/oauth/token",
            "/readyz",
        ]
    );
}

#[tokio::test]
async fn nobody_and_a_wrong_token_get_the_same_401_everywhere() {
    let gateway = Gateway::new().await;
    let call = CallId::new().to_string();
    let ids = Ids { number: 1, call: &call };
    for route in guarded() {
        for asking in [
            route.ask(&gateway, &ids),
            route.ask(&gateway, &ids).token("kfd_wrong"),
            route.ask(&gateway, &ids).token("eyJ0eXAiOiJhdCtqd3QifQ.e30.x"),
            route.ask(&gateway, &ids).header("cookie", "__Host-keyferry=x"),
        ] {
            let answer = asking.send().await;
            let body = answer.json();
            assert_eq!(answer.status, 401, "{}", route.path);
            assert!(body["error"].as_str().unwrap().starts_with("Unauthorized"), "{}", route.path);
            assert_eq!(body["code"], "unauthorized", "{}", route.path);
            assert!(answer.headers.contains_key("www-authenticate"), "{}", route.path);
        }
    }
}

/// Asks every route about the others' things and about things that nobody has: the answers are the same, none holds
/// anything of theirs, and nothing of theirs has changed.
async fn walk(gateway: &Gateway, token: &str, others: &Others) {
    let before = others.state(gateway).await;
    let missing_call = CallId::new().to_string();
    let theirs = Ids { number: others.highest_number(gateway).await, call: &others.call };
    let missing = Ids { number: theirs.number + 70, call: &missing_call };
    let team = others.person.principal.team.as_str();
    let mut asked = 0;
    for route in guarded().into_iter().filter(|route| !route.path.ends_with("/stream")) {
        let foreign = route.ask(gateway, &theirs).token(token).send().await;
        if route.is_about_one_thing() {
            asked += 1;
            let nothing = route.ask(gateway, &missing).token(token).send().await;
            assert_eq!(foreign.shown(), nothing.shown(), "{} {}", route.method, route.path);
            assert!(foreign.status.is_client_error(), "{} {}", route.method, route.path);
        }
        for marker in [team, &others.call, &others.token] {
            // A text may repeat what was asked for; what was not asked for must not be there.
            let echoes = route.path.contains("{id}") && marker == others.call;
            assert!(echoes || !foreign.text.contains(marker), "{} {}", route.path, foreign.text);
        }
    }
    assert_eq!(asked, 7, "a route about one thing came or went");
    assert_eq!(others.state(gateway).await, before);
}

#[tokio::test]
async fn another_teams_things_are_as_if_they_did_not_exist() {
    let (gateway, _, token) = Gateway::with_device().await;
    let person = gateway.person("eve@example.com").await;
    let others = Others::new(&gateway, person).await;
    walk(&gateway, &token, &others).await;
}

#[tokio::test]
async fn another_members_things_are_as_if_they_did_not_exist() {
    let (gateway, person, _) = Gateway::with_device().await;
    let colleague = gateway.colleague(&person, "bob@example.com").await;
    let token = gateway.device(&colleague, Rule::Confirm).await;
    let others = Others::new(&gateway, person).await;
    // The team is the same; its name is no secret to its members.
    let others = Others { person: gateway.person("nobody@example.com").await, ..others };
    walk(&gateway, &token, &others).await;
}
