//! What the OpenClaw plugin finds, and how it is refused.

use super::{KEY, Plugin, fields, is_flat, is_structured, text};
use keyferry_testkit::{Demo, Engine};
use serde_json::{Value, json};

/// Every call that the plugin makes with its key.
const CALLS: [(&str, &str); 8] = [
    ("GET", "/api/integrations"),
    ("GET", "/api/tools?integration=segment"),
    ("GET", "/api/tools/search?query=sources"),
    ("GET", "/api/tools/segment_list_sources"),
    ("POST", "/api/tools/segment_list_sources/preview"),
    ("POST", "/api/tools/segment_list_sources/execute"),
    ("POST", "/api/connect/start"),
    ("POST", "/api/executions"),
];

fn body_of(method: &str) -> Option<String> {
    (method == "POST").then(|| json!({"arguments": {}}).to_string())
}

#[tokio::test]
async fn without_a_good_key_every_call_is_401_with_a_sentence() {
    let demo = Demo::start(Engine::Sqlite).await;
    let good = demo.file.device_token.as_str();
    let bearer = format!("Bearer {good}");
    let person = demo.person().await;
    person.open("/dashboard").await;
    for (method, path) in CALLS {
        for (plugin, more) in [
            (Plugin::unpaired(&demo), vec![]),
            (Plugin::with_key(&demo, "cllk_live_0123456789abcdef0123456789abcdef"), vec![]),
            (Plugin::with_key(&demo, ""), vec![]),
            // One that is there and wrong is never passed over for another.
            (Plugin::with_key(&demo, "kfd_wrong"), vec![("authorization", bearer.as_str())]),
            (Plugin::with_key(&demo, "kfd_wrong"), vec![("x-keyferry-key", good)]),
            (Plugin::unpaired(&demo), vec![("cookie", "keyferry=anything")]),
        ] {
            let answer = plugin.raw(method, path, body_of(method), &more).await;
            is_flat(&answer, 401, "unauthorized");
            assert!(text(&answer.body, "error").starts_with("Unauthorized"), "{path}");
            let integrations = if path == "/api/integrations" { json!([]) } else { Value::Null };
            assert_eq!(answer.body["integrations"], integrations, "{path}");
        }
    }
}

#[tokio::test]
async fn the_key_header_wins_over_another_token() {
    let demo = Demo::start(Engine::Sqlite).await;
    let plugin = Plugin::paired(&demo);
    let more = [("authorization", "Bearer kfd_wrong")];
    plugin.raw("GET", "/api/integrations", None, &more).await.ok();
    let bearer = format!("Bearer {}", demo.file.device_token);
    Plugin::unpaired(&demo).raw("GET", "/api/integrations", None, &[("authorization", &bearer)]).await.ok();
    assert_eq!(KEY, "x-clawlink-api-key");
}

#[tokio::test]
async fn one_answer_of_integrations_is_a_list_of_accounts_and_a_page_of_apps() {
    let demo = Demo::start(Engine::Sqlite).await;
    let plugin = Plugin::paired(&demo);
    let queries =
        ["", "?summary=true", "?connected_only=true", "?canonical=true&query=segment&page=1&page_size=25"];
    for query in queries {
        let body = plugin.get(&format!("/api/integrations{query}")).await.ok();
        let account = &body["integrations"][0];
        assert!(account["id"].is_i64() && account["isDefault"].is_boolean(), "{account:#}");
        assert_eq!(account["integration"], "segment");
        for nullable in ["accountLabel", "expiresAt"] {
            assert!(account.get(nullable).is_some(), "{nullable} is not there");
        }
        text(account, "connectionLabel");
        let item = &body["items"][0];
        assert_eq!(
            (&item["integration_id"], &item["connected"]),
            (&json!("segment"), &json!(true)),
            "{query}"
        );
        assert_eq!((&item["connection_state"], &item["slug"]), (&json!("healthy"), &json!("segment")));
        assert_eq!((&body["page"], &body["page_size"]), (&json!(1), &json!(25)), "{query}");
        assert_eq!(body["total"], json!(body["items"].as_array().unwrap().len()));
    }
    let none = plugin.get("/api/integrations?canonical=true&supports_action=make_coffee").await.ok();
    assert_eq!((&none["items"], &none["total"]), (&json!([]), &json!(0)));
    assert_eq!(none["integrations"].as_array().unwrap().len(), 1, "accounts are not narrowed");
}

#[tokio::test]
async fn tools_are_listed_with_what_the_plugin_prints() {
    let demo = Demo::start(Engine::Sqlite).await;
    let list = Plugin::paired(&demo).get("/api/tools?integration=segment").await.ok();
    assert_eq!(fields(&list), ["count", "integration", "tools"]);
    assert_eq!(
        (&list["integration"], &list["count"]),
        (&json!("segment"), &json!(list["tools"].as_array().unwrap().len()))
    );
    for tool in list["tools"].as_array().unwrap() {
        for name in ["integration", "integrationName", "name", "description"] {
            text(tool, name);
        }
        assert!(["read", "write", "destructive"].contains(&text(tool, "mode")), "{tool:#}");
        assert_eq!(tool["mode"], tool["accessLevel"]);
        assert!(["safe", "confirm", "high_impact"].contains(&text(tool, "risk")), "{tool:#}");
        assert_eq!((&tool["previewAvailable"], &tool["connectionCount"]), (&json!(true), &json!(1)));
        for flag in ["guidanceAvailable", "requiresConfirmation"] {
            assert!(tool[flag].is_boolean(), "{flag}: {tool:#}");
        }
        assert_eq!(tool["defaultConnectionId"], json!(demo.file.connection_id));
        assert_eq!(tool["canonical"]["integration_id"], "segment");
    }
}

#[tokio::test]
async fn a_search_takes_one_to_twenty_five_and_no_empty_query() {
    let demo = Demo::start(Engine::Sqlite).await;
    let plugin = Plugin::paired(&demo);
    let counted = async |query: &str| {
        let found = plugin.get(&format!("/api/tools/search?query=source&{query}")).await.ok();
        let tools = found["tools"].as_array().unwrap().len();
        assert_eq!((&found["count"], &found["query"]), (&json!(tools), &json!("source")));
        tools
    };
    assert_eq!(counted("limit=0").await, 1);
    assert_eq!(counted("limit=3&integration=segment").await, 3);
    assert_eq!(counted("").await, 10);
    let most = counted("limit=1000").await;
    assert!((11..=25).contains(&most), "{most}");
    for query in ["", "?query=", "?query=%20%20&integration=segment"] {
        let empty = plugin.get(&format!("/api/tools/search{query}")).await;
        is_structured(&empty, 400, "invalid_arguments");
    }
}

#[tokio::test]
async fn a_tool_is_described_in_full_and_an_unknown_one_is_said_to_be() {
    let demo = Demo::start(Engine::Sqlite).await;
    let plugin = Plugin::paired(&demo);
    let body = plugin.get("/api/tools/segment_update_source").await.ok();
    assert_eq!(fields(&body), ["tool"]);
    let tool = &body["tool"];
    for list in [
        "tags",
        "connections",
        "requiresScopes",
        "whenToUse",
        "askBefore",
        "examples",
        "prerequisites",
        "followups",
    ] {
        assert!(tool[list].is_array(), "{list}: {tool:#}");
    }
    for flag in ["idempotent", "supportsDryRun", "supportsBatch"] {
        assert!(tool[flag].is_boolean(), "{flag}: {tool:#}");
    }
    assert!(tool["inputSchema"].is_object() && tool["safeDefaults"].is_object());
    assert_eq!(tool["connections"][0]["id"], json!(demo.file.connection_id));
    for (method, path) in [
        ("GET", "/api/tools/segment_make_coffee"),
        ("POST", "/api/tools/segment_make_coffee/preview"),
        ("POST", "/api/tools/segment_make_coffee/execute"),
    ] {
        let unknown = plugin.raw(method, path, body_of(method), &[]).await;
        is_structured(&unknown, 404, "tool_not_found");
        assert!(!unknown.body["details"].as_array().unwrap().is_empty(), "no nearest names");
    }
}
