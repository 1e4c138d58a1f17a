use crate::gateway::Gateway;
use insta::assert_json_snapshot;
use keyferry_core::Rule;
use serde_json::json;

#[tokio::test]
async fn a_link_is_made_for_a_person_and_its_token_reads_the_state() {
    let gateway = Gateway::new().await;
    let person = gateway.person("ada@example.com").await;
    let token = gateway.device(&person, Rule::Confirm).await;

    let started =
        gateway.post("/api/connect/start").token(&token).json(json!({"integration": "Segment"})).send().await;
    assert_json_snapshot!(started.shown(), @r#"
    {
      "body": {
        "connectUrl": "https://keys.example.com/connect/segment?session=[secret]",
        "connectionId": null,
        "displayCode": "[code]",
        "expiresAt": "[instant]",
        "integration": "segment",
        "pollIntervalMs": 3000,
        "sessionId": "csn_[id]",
        "sessionToken": "[secret]",
        "status": "awaiting_user_action",
        "statusUrl": "https://keys.example.com/api/connect/sessions/[secret]"
      },
      "status": 200
    }
    "#);

    let session = started.json()["sessionToken"].as_str().unwrap().to_owned();
    let state = gateway.get(&format!("/api/connect/sessions/{session}")).send().await;
    assert_json_snapshot!(state.shown(), @r#"
    {
      "body": {
        "connection": null,
        "integrationMeta": {
          "credentialFields": [
            {
              "fields": [],
              "help": "In Segment, open Settings, Workspace settings, Access Management, Tokens, and choose \"Create token\" with the type Public API. Only a workspace owner can make one, on a Team or Business plan. The token's own role bounds what agents can change through it.",
              "label": "Public API token",
              "slot": "public_api"
            },
            {
              "fields": [],
              "help": "In Segment, open Connections, Sources, the source that shall receive the events, Settings, API Keys, and copy the Write Key. Use a source of the kind HTTP API or a server library. All events that agents send arrive in this source. Its region must be the account's: a key of the other region may be taken without a word, and the events are lost.",
              "label": "Source write key",
              "slot": "tracking"
            },
            {
              "fields": [
                {
                  "help": "It stands on the same page, under API access.",
                  "label": "Space ID",
                  "name": "space_id",
                  "pattern": "^[A-Za-z0-9_-]{1,255}$"
                }
              ],
              "help": "In Segment, open Unify, Unify settings, API access, and choose \"Generate Token\". A token opens one space. Unify is a paid part of Segment; leave this empty without it.",
              "label": "Profile API access token",
              "slot": "profiles"
            }
          ],
          "description": "Twilio Segment, the customer data platform: sources, destinations, warehouses and usage of a workspace (Public API), sending events and identities (HTTP Tracking API), and reading unified profiles (Profile API).",
          "name": "Segment",
          "regions": [
            "us",
            "eu"
          ],
          "setupMode": "hosted",
          "slug": "segment"
        },
        "session": {
          "completedAt": null,
          "connectionId": null,
          "createdAt": "[instant]",
          "displayCode": "[code]",
          "errorMessage": null,
          "expiresAt": "[instant]",
          "flowType": "hosted",
          "id": "csn_[id]",
          "integration": "segment",
          "status": "awaiting_user_action",
          "token": "[secret]",
          "updatedAt": null
        }
      },
      "status": 200
    }
    "#);
}

#[tokio::test]
async fn what_is_connected_is_answered_unless_a_new_link_is_asked_for() {
    let (gateway, _, token) = Gateway::with_device().await;
    let start = |body| gateway.post("/api/connect/start").token(&token).json(body).send();
    let connected = start(json!({"integration": "segment"})).await.json();
    assert_eq!((&connected["alreadyConnected"], &connected["connection"]["id"]), (&true.into(), &1.into()));
    let link = start(json!({"integration": "segment", "reuseIfConnected": false})).await.json();
    assert_eq!(link["status"], "awaiting_user_action");
}

#[tokio::test]
async fn errors_are_sentences() {
    let (gateway, _, token) = Gateway::with_device().await;
    let missing = gateway.post("/api/connect/start").token(&token).json(json!({})).send().await;
    assert_json_snapshot!(missing.shown(), @r#"
    {
      "body": {
        "code": "invalid_arguments",
        "details": [
          "/integration: is required: the slug of what to connect"
        ],
        "error": "`integration` is missing.",
        "meta": {
          "durationMs": "[number]",
          "endedAt": "[instant]",
          "requestId": "req_[id]",
          "startedAt": "[instant]"
        }
      },
      "status": 400
    }
    "#);
    let typed = gateway.post("/api/connect/start").token(&token).json(json!({"integration": 7})).send().await;
    assert_json_snapshot!(typed.shown(), @r#"
    {
      "body": {
        "code": "invalid_arguments",
        "details": [
          "/integration: has another type than openapi.json says"
        ],
        "error": "A field of the body has the wrong type.",
        "meta": {
          "durationMs": "[number]",
          "endedAt": "[instant]",
          "requestId": "req_[id]",
          "startedAt": "[instant]"
        }
      },
      "status": 400
    }
    "#);
    let unknown =
        gateway.post("/api/connect/start").token(&token).json(json!({"integration": "x"})).send().await;
    assert_json_snapshot!(unknown.shown(), @r#"
    {
      "body": {
        "code": "not_found",
        "error": "There is no such integration.",
        "meta": {
          "durationMs": "[number]",
          "endedAt": "[instant]",
          "requestId": "req_[id]",
          "startedAt": "[instant]"
        }
      },
      "status": 404
    }
    "#);
    let nobodys = gateway.get("/api/connect/sessions/nobodys").send().await;
    assert_json_snapshot!(nobodys.shown(), @r#"
    {
      "body": {
        "code": "not_found",
        "error": "There is no such connect link.",
        "meta": {
          "durationMs": "[number]",
          "endedAt": "[instant]",
          "requestId": "req_[id]",
          "startedAt": "[instant]"
        }
      },
      "status": 404
    }
    "#);
}
