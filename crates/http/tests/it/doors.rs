//! Every door with every kind of secret that this gateway gives out: each opens what it was made for and nothing else.

use crate::dashboard::browser::Browser;
use crate::gateway::{Asking, Gateway, PUBLIC_URL};
use crate::oauth::{code, refresh};
use crate::proxy::{AsClient, BATCH};
use keyferry_core::Rule;
use serde_json::json;
use std::collections::BTreeSet;

/// What somebody may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Nothing,
    /// A device's own token.
    Device,
    /// Access tokens, each for one resource.
    AccessApi,
    AccessMcp,
    /// Those that get new ones.
    RefreshApi,
    RefreshMcp,
    /// What reads a connect link's state.
    Link,
    /// A person's, as the browser keeps it.
    Session,
}
use Kind::{AccessApi, AccessMcp, Device, Link, Nothing, RefreshApi, RefreshMcp, Session};

/// A way in, with what is held put where the door looks for it.
#[derive(Debug, Clone, Copy)]
enum Door {
    Api,
    ApiByKey,
    ApiStream,
    Mcp,
    McpByKey,
    ClawLinkMcp,
    ProxyBearer,
    ProxyBasic,
    ProxyKey,
    ProxyBody,
    /// As the cookie that a browser has, at doors for devices and at the one for people.
    ApiCookie,
    McpCookie,
    ProxyCookie,
    Dashboard,
    DashboardBearer,
    /// Where nothing is ever looked for.
    ApiQuery,
    McpQuery,
    ProxyQuery,
    LinkState,
}

const TABLE: [(Door, &[Kind]); 19] = [
    (Door::Api, &[Device, AccessApi]),
    (Door::ApiByKey, &[Device, AccessApi]),
    (Door::ApiStream, &[Device, AccessApi]),
    (Door::Mcp, &[Device, AccessMcp]),
    (Door::McpByKey, &[Device, AccessMcp]),
    (Door::ClawLinkMcp, &[Device, AccessApi]),
    (Door::ProxyBearer, &[Device]),
    (Door::ProxyBasic, &[Device]),
    (Door::ProxyKey, &[Device]),
    (Door::ProxyBody, &[Device]),
    (Door::ApiCookie, &[]),
    (Door::McpCookie, &[]),
    (Door::ProxyCookie, &[]),
    (Door::Dashboard, &[Session]),
    (Door::DashboardBearer, &[]),
    (Door::ApiQuery, &[]),
    (Door::McpQuery, &[]),
    (Door::ProxyQuery, &[]),
    (Door::LinkState, &[Link]),
];

impl Door {
    fn ask(self, gateway: &Gateway, held: &str) -> Asking {
        let whoami = || gateway.get("/api/agent/whoami");
        let read = |more: &str| gateway.get(&format!("/proxy/segment/public_api/sources{more}"));
        let cookie = format!("__Host-keyferry={held}");
        let in_query = format!("?access_token={held}&token={held}");
        match self {
            Self::Api => whoami().token(held),
            Self::ApiByKey => whoami().header("x-keyferry-key", held),
            Self::ApiStream => gateway.get("/api/calls/stream").token(held),
            Self::Mcp => ping(gateway, "/mcp").token(held),
            Self::McpByKey => ping(gateway, "/mcp").header("x-clawlink-api-key", held),
            Self::ClawLinkMcp => ping(gateway, "/api/mcp").token(held),
            Self::ProxyBearer => read("").token(held),
            Self::ProxyBasic => read("").basic(held),
            Self::ProxyKey => read("").header("x-keyferry-key", held),
            Self::ProxyBody => gateway.post(BATCH).body(json!({"writeKey": held, "batch": []}).to_string()),
            Self::ApiCookie => whoami().header("cookie", &cookie),
            Self::McpCookie => ping(gateway, "/mcp").header("cookie", &cookie),
            Self::ProxyCookie => read("").header("cookie", &cookie),
            Self::Dashboard => gateway.get("/dashboard/devices").header("cookie", &cookie),
            Self::DashboardBearer => gateway.get("/dashboard/devices").token(held),
            Self::ApiQuery => gateway.get(&format!("/api/agent/whoami{in_query}")),
            Self::McpQuery => ping(gateway, &format!("/mcp{in_query}")),
            Self::ProxyQuery => read(&in_query),
            Self::LinkState => {
                gateway.get(&format!("/api/connect/sessions/{}", if held.is_empty() { "none" } else { held }))
            }
        }
    }
}

fn ping(gateway: &Gateway, path: &str) -> Asking {
    let accept = "application/json, text/event-stream";
    let asking = gateway.post(path).header("host", "keys.example.com").header("accept", accept);
    asking.json(json!({"jsonrpc": "2.0", "id": 1, "method": "ping"}))
}

/// One of each kind.
async fn held(gateway: &Gateway) -> Vec<(Kind, String)> {
    let ada = gateway.person("ada@example.com").await;
    gateway.connect(&ada).await;
    let device = gateway.device(&ada, Rule::Trusted).await;
    let mut browser = Browser::of(gateway, "ada@example.com").await;
    let (access_api, refresh_api) = code::let_in(gateway, &mut browser, &format!("{PUBLIC_URL}/api")).await;
    let (access_mcp, refresh_mcp) = code::let_in(gateway, &mut browser, &format!("{PUBLIC_URL}/mcp")).await;
    let asked = json!({"integration": "segment", "reuseIfConnected": false});
    let link = gateway.post("/api/connect/start").token(&device).json(asked).send().await.json();
    vec![
        (Nothing, String::new()),
        (Device, device),
        (AccessApi, access_api),
        (AccessMcp, access_mcp),
        (RefreshApi, refresh_api),
        (RefreshMcp, refresh_mcp),
        (Link, link["sessionToken"].as_str().unwrap().to_owned()),
        (Session, browser.cookie("__Host-keyferry").unwrap().to_owned()),
    ]
}

#[tokio::test]
async fn each_kind_of_secret_opens_its_own_doors_and_no_other() {
    let gateway = Gateway::new().await;
    let held = held(&gateway).await;
    for (door, expected) in TABLE {
        let mut opened = BTreeSet::new();
        for (kind, secret) in &held {
            // A stream has no end: its head is enough.
            let status = door.ask(&gateway, secret).open().await.status().as_u16();
            match status {
                200 => _ = opened.insert(*kind),
                // A person is led to sign in, whoever else is told; a link that is none is not there.
                303 | 401 | 404 => {}
                other => panic!("{door:?} answered {other} to {kind:?}"),
            }
        }
        assert_eq!(opened, expected.iter().copied().collect(), "{door:?}");
    }
}

#[tokio::test]
async fn only_a_refresh_token_is_exchanged_and_for_its_own_resource() {
    let gateway = Gateway::new().await;
    for (kind, secret) in held(&gateway).await {
        let status = refresh(&gateway, &secret).await.status.as_u16();
        let expected = if matches!(kind, RefreshApi | RefreshMcp) { 200 } else { 400 };
        assert_eq!(status, expected, "{kind:?}");
    }
    let gateway = Gateway::new().await;
    let (_, secret) = held(&gateway).await.into_iter().find(|(kind, _)| *kind == RefreshMcp).unwrap();
    let resource = format!("{PUBLIC_URL}/proxy");
    let form = [("grant_type", "refresh_token"), ("refresh_token", &secret), ("resource", &resource)];
    let asked = gateway.post("/oauth/token").form(&form).send().await;
    assert_eq!(asked.json()["error"], "invalid_target", "there are no tokens for the proxy");
}
