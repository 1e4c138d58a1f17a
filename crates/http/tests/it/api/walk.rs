//! The main job, through the doors: pair, list, search, describe, read, preview, write.

use crate::gateway::Gateway;
use insta::assert_json_snapshot;
use keyferry_core::Rule;
use keyferry_identity::{Approval, Claim};
use serde_json::json;

/// From nothing to a read, with the client that our own command line is.
#[tokio::test]
async fn a_device_pairs_by_a_code_and_reads() {
    let gateway = Gateway::new().await;
    let person = gateway.person("ada@example.com").await;
    gateway.connect(&person).await;

    let begun = gateway
        .post("/oauth/device_authorization")
        .form(&[("client_id", "keyferry-cli"), ("device_label", "laptop")])
        .send()
        .await;
    assert_json_snapshot!(begun.shown(), @r#"
    {
      "body": {
        "device_code": "[code]",
        "expires_in": 600,
        "interval": 5,
        "user_code": "[code]",
        "verification_uri": "https://keys.example.com/pair"
      },
      "status": 200
    }
    "#);
    let begun = begun.json();

    let code = begun["user_code"].as_str().unwrap();
    let approval = Approval { rule: Rule::Confirm, from_elsewhere: false };
    let here = "0.0.0.0".parse().unwrap();
    gateway.identity.pairings.approve(&person.principal, Claim::Code(code), here, &approval).await.unwrap();

    let tokens = gateway
        .post("/oauth/token")
        .form(&[
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("client_id", "keyferry-cli"),
            ("device_code", begun["device_code"].as_str().unwrap()),
        ])
        .send()
        .await
        .json();
    let token = tokens["access_token"].as_str().unwrap();

    let tools = gateway.get("/api/tools?integration=segment&view=brief").token(token).send().await.json();
    let names: Vec<&str> =
        tools["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"segment_list_sources"), "{names:?}");

    let described = gateway.get("/api/tools/segment_list_sources").token(token).send().await.json();
    assert_eq!(described["tool"]["inputSchema"]["type"], "object");

    let read = gateway
        .post("/api/tools/segment_list_sources/execute")
        .token(token)
        .json(json!({"arguments": {"limit": 1}}))
        .send()
        .await;
    assert_json_snapshot!(read.shown(), @r#"
    {
      "body": {
        "args": {
          "limit": 1
        },
        "connectionId": 1,
        "integration": "segment",
        "meta": {
          "callId": "call_[id]",
          "durationMs": "[number]",
          "endedAt": "[instant]",
          "requestId": "req_[id]",
          "startedAt": "[instant]"
        },
        "mode": "direct",
        "ok": true,
        "requiresConfirmation": false,
        "result": {
          "data": {
            "pagination": {
              "current": "MA==",
              "next": "MQ==",
              "totalEntries": 12
            },
            "sources": [
              {
                "enabled": true,
                "id": "rGHNJ1YIkzjmbrN7RW6Gvh",
                "labels": [
                  {
                    "description": "What customers use",
                    "key": "environment",
                    "value": "production"
                  }
                ],
                "metadata": {
                  "categories": [
                    "Website"
                  ],
                  "description": "The javascript source",
                  "id": "TCVbw2Us6ojSZ1rtuo5xsy",
                  "isCloudEventSource": false,
                  "logos": {
                    "alt": null,
                    "default": "https://cdn.ferry.example/javascript.svg",
                    "mark": null
                  },
                  "name": "javascript",
                  "options": [],
                  "slug": "javascript",
                  "status": "PUBLIC"
                },
                "name": "Website",
                "settings": {
                  "website_url": "kfs_[id]"
                },
                "slug": "website",
                "workspaceId": "Y5yS8Jl67w6GfCGIe3l9Le",
                "writeKeys": [
                  "kfs_[id]",
                  "kfs_[id]"
                ]
              }
            ]
          }
        },
        "toolName": "segment_list_sources"
      },
      "status": 200
    }
    "#);
}
