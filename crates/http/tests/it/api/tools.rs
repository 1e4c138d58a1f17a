use crate::gateway::Gateway;
use insta::assert_json_snapshot;
use serde_json::Value;

#[tokio::test]
async fn the_list_has_no_schemas_and_brief_has_three_words_a_tool() {
    let (gateway, _, token) = Gateway::with_device().await;
    let full = gateway.get("/api/tools?integration=Segment").token(&token).send().await.json();
    let tools = full["tools"].as_array().unwrap();
    assert_eq!(full["count"], tools.len());
    assert_eq!(full["integration"], "segment");
    assert!(tools.iter().all(|tool| tool.get("inputSchema").is_none()));

    let brief = gateway.get("/api/tools?integration=segment&view=brief").token(&token).send().await;
    let names = |tools: &Value| -> Vec<String> {
        tools.as_array().unwrap().iter().map(|tool| tool["name"].to_string()).collect()
    };
    assert_eq!(names(&brief.json()["tools"]), names(&full["tools"]));
    let sources = brief.json()["tools"]
        .as_array()
        .unwrap()
        .iter()
        .find(|t| t["name"] == "segment_list_sources")
        .cloned();
    assert_json_snapshot!(sources, @r#"
    {
      "impact": "read",
      "name": "segment_list_sources",
      "summary": "All sources of the workspace, with kind, state and labels."
    }
    "#);
    let all = gateway.get("/api/tools?integration=").token(&token).send().await.json();
    assert_eq!(all["integration"], Value::Null);
}

#[tokio::test]
async fn a_search_says_why_it_found() {
    let (gateway, _, token) = Gateway::with_device().await;
    let path = "/api/tools/search?query=list+my+sources&integration=segment&limit=1";
    let full = gateway.get(path).token(&token).send().await;
    assert_json_snapshot!(full.shown(), @r#"
    {
      "body": {
        "count": 1,
        "integration": "segment",
        "query": "list my sources",
        "tools": [
          {
            "accessLevel": "read",
            "canonical": {
              "action": "list_sources",
              "default_connection_state": "healthy",
              "integration_id": "segment"
            },
            "connectionCount": 1,
            "defaultConnectionId": 1,
            "description": "All sources of the workspace, with kind, state and labels.",
            "guidanceAvailable": true,
            "impact": "read",
            "integration": "segment",
            "integrationName": "Segment",
            "mode": "read",
            "name": "segment_list_sources",
            "previewAvailable": true,
            "requiresConfirmation": false,
            "risk": "safe",
            "summary": "All sources of the workspace, with kind, state and labels.",
            "title": "List sources",
            "why": "list, sources in its name"
          }
        ]
      },
      "status": 200
    }
    "#);
    let brief = gateway.get(&format!("{path}&view=brief")).token(&token).send().await;
    assert_json_snapshot!(brief.shown(), @r#"
    {
      "body": {
        "count": 1,
        "tools": [
          {
            "impact": "read",
            "name": "segment_list_sources",
            "summary": "All sources of the workspace, with kind, state and labels.",
            "why": "list, sources in its name"
          }
        ]
      },
      "status": 200
    }
    "#);
}

#[tokio::test]
async fn a_search_for_nothing_is_refused() {
    let (gateway, _, token) = Gateway::with_device().await;
    for path in [
        "/api/tools/search",
        "/api/tools/search?query=",
        "/api/tools/search?query=a&query=b",
        "/api/tools/search?query=%00",
    ] {
        let answer = gateway.get(path).token(&token).send().await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["error"]["code"]),
            (400, &"invalid_arguments".into()),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_tool_is_described_with_its_schema() {
    let (gateway, _, token) = Gateway::with_device().await;
    let full = gateway.get("/api/tools/segment_get_source").token(&token).send().await.json();
    assert_eq!(full["tool"]["name"], "segment_get_source");
    assert_eq!(full["tool"]["inputSchema"]["type"], "object");
    assert_eq!(full["tool"]["connections"][0]["id"], 1);
    let brief = gateway.get("/api/tools/segment_get_source?view=brief").token(&token).send().await;
    assert_json_snapshot!(brief.shown(), @r#"
    {
      "body": {
        "impact": "read",
        "name": "segment_get_source",
        "summary": "One source with its kind, settings, labels, write keys (as handles) and tracking plan."
      },
      "status": 200
    }
    "#);
}

#[tokio::test]
async fn an_unknown_tool_answers_with_the_nearest_names() {
    let (gateway, _, token) = Gateway::with_device().await;
    let answer = gateway.get("/api/tools/segment_list_source").token(&token).send().await;
    assert_json_snapshot!(answer.shown(), @r#"
    {
      "body": {
        "details": [
          "segment_list_sources",
          "segment_list_roles",
          "segment_list_users"
        ],
        "error": {
          "code": "tool_not_found",
          "message": "There is no tool of this name.",
          "retryable": false,
          "type": "validation"
        },
        "hint": "The nearest names are in `details`; a search finds tools by what they do.",
        "invalidFields": [],
        "meta": {
          "durationMs": "[number]",
          "endedAt": "[instant]",
          "requestId": "req_[id]",
          "startedAt": "[instant]"
        },
        "missingFields": [],
        "ok": false
      },
      "status": 404
    }
    "#);
    let unreadable = gateway.get("/api/tools/%ff").token(&token).send().await;
    assert_eq!(unreadable.status, 404);
}
