//! How each route is asked for something of hers. Whoever adds a route says here how, or in `nobodys.rs` why not.

use super::hers::Hers;
use serde_json::{Value, json};

/// One request: the route, an address that it serves, and what is sent.
pub(super) struct Visit {
    /// Method and pattern.
    pub(super) route: &'static str,
    pub(super) path: String,
    pub(super) sends: Sends,
}

pub(super) enum Sends {
    Nothing,
    Json(Value),
    /// A call of an MCP tool.
    Mcp(Value),
    Form(Vec<(&'static str, String)>),
}

impl Visit {
    pub(super) fn method(&self) -> &'static str {
        self.route.split(' ').next().unwrap_or_default()
    }

    /// Whether it is a device's to make; else it is a person's in a browser.
    pub(super) fn is_api(&self) -> bool {
        ["/api/", "/proxy/", "/mcp"].iter().any(|door| self.path.starts_with(door))
    }

    /// Whether what is told says that there is nothing. A list that is narrowed to nothing says so by being empty.
    pub(super) fn is_refused(&self, (status, told): &(u16, String)) -> bool {
        match &self.sends {
            Sends::Mcp(_) => told.contains("\"isError\":true"),
            _ => *status >= 400 || self.path.starts_with("/api/calls?"),
        }
    }
}

fn get(route: &'static str, path: impl Into<String>) -> Visit {
    Visit { route, path: path.into(), sends: Sends::Nothing }
}

fn post(route: &'static str, path: impl Into<String>, body: Value) -> Visit {
    Visit { route, path: path.into(), sends: Sends::Json(body) }
}

/// Calls a tool of the MCP door at this path.
fn tool(route: &'static str, path: &str, name: &str, arguments: Value) -> Visit {
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}});
    Visit { route, path: path.to_owned(), sends: Sends::Mcp(call) }
}

fn form(route: &'static str, path: impl Into<String>, fields: &[(&'static str, &str)]) -> Visit {
    let fields = fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    Visit { route, path: path.into(), sends: Sends::Form(fields) }
}

/// Routes that take an id, with one: what is hers has to be what is nobody's.
pub(super) fn with_an_id(ids: &Hers) -> Vec<Visit> {
    let mut visits = calls_and_connections(ids);
    visits.extend(programs(ids));
    visits.extend(pages_of_approvals_and_devices(ids));
    visits.extend(pages_of_connections(ids));
    visits
}

fn calls_and_connections(ids: &Hers) -> Vec<Visit> {
    let with = json!({"arguments": {}, "connectionId": ids.number});
    let connection = format!("/api/connections/{}", ids.number);
    vec![
        get("GET /api/connections/{connection}", connection.clone()),
        post("POST /api/connections/{connection}/test", format!("{connection}/test"), Value::Null),
        post("POST /api/connections/{connection}/begin", format!("{connection}/begin"), json!({})),
        get("GET /api/executions/{id}", format!("/api/executions/{}", ids.call)),
        get("GET /api/calls/{id}", format!("/api/calls/{}", ids.call)),
        post("POST /api/tools/{name}/preview", "/api/tools/segment_list_sources/preview", with.clone()),
        post("POST /api/tools/{name}/execute", "/api/tools/segment_list_sources/execute", with),
        get("GET /api/calls", format!("/api/calls?connection={}", ids.number)),
        get("GET /api/calls", format!("/api/calls?parent={}", ids.call)),
    ]
}

/// The doors of programs that speak a language of their own.
fn programs(ids: &Hers) -> Vec<Visit> {
    let with = json!({"name": "segment_list_sources", "arguments": {}, "connectionId": ids.number});
    let proxy = format!("/proxy/segment@{}/public_api", ids.number);
    vec![
        tool("POST /mcp", "/mcp", "call_tool", with.clone()),
        tool("POST /mcp", "/mcp", "preview_tool", with),
        tool("POST /mcp", "/mcp", "get_call", json!({"callId": ids.call})),
        tool("POST /api/mcp", "/api/mcp", "clawlink.get_execution", json!({"execution_id": ids.call})),
        get("ANY /proxy/{target}/{api}/{*path}", format!("{proxy}/sources")),
        get("ANY /proxy/{target}/{api}/", format!("{proxy}/")),
        get("ANY /proxy/{target}/{api}", proxy),
    ]
}

fn pages_of_approvals_and_devices(ids: &Hers) -> Vec<Visit> {
    let approval = format!("/dashboard/approvals/{}", ids.approval);
    let device = format!("/dashboard/devices/{}", ids.device);
    let decide = "POST /dashboard/approvals/{id}";
    let proxied = [("integration", "segment"), ("api", "tracking")];
    vec![
        get("GET /dashboard/approvals/{id}", approval.clone()),
        get("GET /approve/{id}", format!("/approve/{}", ids.approval)),
        form(decide, approval.clone(), &[("decision", "approve")]),
        form(decide, approval, &[("decision", "deny"), ("reason", "mine")]),
        get("GET /dashboard/devices/{id}", device.clone()),
        form("POST /dashboard/devices/{id}/name", format!("{device}/name"), &[("label", "mine")]),
        form("POST /dashboard/devices/{id}/rule", format!("{device}/rule"), &[("rule", "read-only")]),
        form("POST /dashboard/devices/{id}/programs", format!("{device}/programs"), &proxied),
        form("POST /dashboard/devices/{id}/programs/end", format!("{device}/programs/end"), &proxied),
        form("POST /dashboard/devices/{id}/tools", format!("{device}/tools"), &[("tools", "segment_track")]),
        form("POST /dashboard/devices/{id}/token", format!("{device}/token"), &[]),
        form("POST /dashboard/devices/{id}/revoke", format!("{device}/revoke"), &[]),
    ]
}

fn pages_of_connections(ids: &Hers) -> Vec<Visit> {
    let here = format!("/dashboard/connections/{}", ids.number);
    let at = |rest: &str| format!("{here}/{rest}");
    vec![
        get("GET /dashboard/connections/{number}", here.clone()),
        form("POST /dashboard/connections/{number}/name", at("name"), &[("label", "mine")]),
        form("POST /dashboard/connections/{number}/default", at("default"), &[]),
        form("POST /dashboard/connections/{number}/test", at("test"), &[]),
        form("POST /dashboard/connections/{number}/disconnect", at("disconnect"), &[]),
        form(
            "POST /dashboard/connections/{number}/slots/{slot}",
            at("slots/public_api"),
            &[("secret.public_api", "sgp_mine")],
        ),
        form("POST /dashboard/connections/{number}/slots/{slot}/remove", at("slots/tracking/remove"), &[]),
    ]
}

/// What serves every member of the team, and nobody else.
pub(super) fn of_the_team(ids: &Hers) -> Vec<Visit> {
    let link = ids.connect_link.as_str();
    let keys = [("session", link), ("label", "mine"), ("region", "us"), ("secret.public_api", "sgp_mine")];
    vec![
        get("GET /dashboard/connect/{slug}", format!("/dashboard/connect/segment?session={link}")),
        get("GET /connect/{slug}", format!("/connect/segment?session={link}")),
        form("POST /dashboard/connect/{slug}", "/dashboard/connect/segment", &keys),
        form("POST /dashboard/team", "/dashboard/team", &[("team", &ids.team)]),
    ]
}

/// What tells of the asker's own things: it has to hold nothing of hers, whichever ids stand beside the question.
pub(super) fn lists(ids: &Hers) -> Vec<Visit> {
    let Hers { number, call, device, team, .. } = ids;
    let beside = format!("device={device}&team={team}&connection={number}&connectionId={number}");
    let connect = json!({"integration": "segment", "connectionId": number});
    let execution = json!({"integration_id": "segment", "action_id": "list_sources", "input": {}});
    vec![
        get("GET /api/agent/whoami", format!("/api/agent/whoami?{beside}")),
        get("GET /api/integrations", format!("/api/integrations?{beside}")),
        get("GET /api/tools", format!("/api/tools?{beside}")),
        get("GET /api/tools/search", format!("/api/tools/search?query=list+sources&{beside}")),
        get("GET /api/tools/{name}", format!("/api/tools/segment_list_sources?{beside}")),
        get("GET /api/search", format!("/api/search?query=list+sources&{beside}")),
        get("GET /api/actions", format!("/api/actions?integration_id=segment&{beside}")),
        get("GET /api/actions/{integration}/{action}", format!("/api/actions/segment/list_sources?{beside}")),
        get("GET /api/connections/{connection}", format!("/api/connections/segment?{beside}")),
        post("POST /api/connections/{connection}/begin", "/api/connections/segment/begin", connect.clone()),
        post("POST /api/executions", "/api/executions", execution),
        get("GET /api/connections", format!("/api/connections?{beside}")),
        get("GET /api/mcp", format!("/api/mcp?{beside}")),
        get("GET /api/approvals", format!("/api/approvals?{beside}")),
        get("GET /api/calls", format!("/api/calls?beneath=true&device={device}&team={team}")),
        get("GET /api/calls", format!("/api/calls?beneath=true&cursor={call}")),
        post("POST /api/connect/start", "/api/connect/start", connect),
        get("GET /dashboard", format!("/dashboard?{beside}")),
        get("GET /dashboard/approvals", format!("/dashboard/approvals?{beside}")),
        get("GET /dashboard/devices", format!("/dashboard/devices?{beside}")),
        get("GET /dashboard/connections", format!("/dashboard/connections?{beside}")),
        get("GET /dashboard/calls", format!("/dashboard/calls?after={call}&{beside}")),
    ]
}

/// The stream is asked in a test of its own: it has no end.
pub(super) const STREAM: &str = "GET /api/calls/stream";
