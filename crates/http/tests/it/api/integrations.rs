use crate::gateway::Gateway;
use insta::assert_json_snapshot;

#[tokio::test]
async fn one_answer_holds_both_shapes() {
    let (gateway, _, token) = Gateway::with_device().await;
    let answer = gateway.get("/api/integrations").token(&token).send().await;
    let item = &answer.json()["items"][0];
    let capabilities = item["capabilities"].as_array().unwrap();
    assert_eq!(capabilities.len(), item["toolCount"].as_u64().unwrap() as usize);
    assert!(capabilities.contains(&"list_sources".into()), "{capabilities:?}");
    assert_json_snapshot!(answer.shown(), {".body.items[].capabilities" => "[ids]"}, @r#"
    {
      "body": {
        "integrations": [
          {
            "accountLabel": null,
            "authBackend": "local",
            "authError": null,
            "authState": "active",
            "capabilities": null,
            "connectionLabel": "Sandbox",
            "createdAt": "[instant]",
            "expiresAt": null,
            "id": 1,
            "integration": "segment",
            "isDefault": true,
            "lastErrorAt": null,
            "lastErrorCode": null,
            "lastErrorMessage": null,
            "lastSuccessAt": null,
            "lastUsedAt": null,
            "region": "us",
            "scopeSnapshot": null,
            "shared": false,
            "slots": [
              {
                "filled": true,
                "health": {
                  "state": "verified",
                  "testedAt": "[instant]"
                },
                "label": "Public API token",
                "name": "public_api"
              },
              {
                "filled": true,
                "health": {
                  "state": "verified",
                  "testedAt": "[instant]"
                },
                "label": "Source write key",
                "name": "tracking"
              },
              {
                "fields": {
                  "space_id": "[code]"
                },
                "filled": true,
                "health": {
                  "state": "verified",
                  "testedAt": "[instant]"
                },
                "label": "Profile API access token",
                "name": "profiles"
              }
            ],
            "updatedAt": "[instant]"
          }
        ],
        "items": [
          {
            "capabilities": "[ids]",
            "connectUrl": "https://keys.example.com/connect/segment",
            "connected": true,
            "connectionCount": 1,
            "connection_state": "healthy",
            "defaultConnectionId": 1,
            "description": "Twilio Segment, the customer data platform: sources, destinations, warehouses and usage of a workspace (Public API), sending events and identities (HTTP Tracking API), and reading unified profiles (Profile API).",
            "integration_id": "segment",
            "name": "Segment",
            "slug": "segment",
            "summary": "Twilio Segment, the customer data platform: sources, destinations, warehouses and usage of a workspace (Public API), sending events and identities (HTTP Tracking API), and reading unified profiles (Profile API).",
            "toolCount": 214
          }
        ],
        "page": 1,
        "page_size": 25,
        "total": 1
      },
      "status": 200
    }
    "#);
}

#[tokio::test]
async fn items_are_paged_and_filtered_and_connections_are_not() {
    let (gateway, _, token) = Gateway::with_device().await;
    for (query, items, page) in [
        ("page=1&page_size=1", 1, 1),
        ("page=2&page_size=1000", 0, 2),
        ("query=nothing+like+it", 0, 1),
        ("connected_only=true&canonical=true&summary=true", 1, 1),
        ("supports_action=list_sources", 1, 1),
        ("supports_action=segment_list_sources", 1, 1),
        ("supports_action=list_sourc", 0, 1),
    ] {
        let body = gateway.get(&format!("/api/integrations?{query}")).token(&token).send().await.json();
        assert_eq!(body["items"].as_array().unwrap().len(), items, "{query}");
        assert_eq!(body["page"], page, "{query}");
        assert_eq!(body["integrations"].as_array().unwrap().len(), 1, "{query}");
    }
}

#[tokio::test]
async fn a_parameter_of_the_wrong_form_is_named() {
    let (gateway, _, token) = Gateway::with_device().await;
    let answer = gateway.get("/api/integrations?page=first").token(&token).send().await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json()["invalidFields"], serde_json::json!(["/page"]));
}
