use crate::gateway::{Answered, Gateway};
use insta::assert_json_snapshot;
use serde_json::{Value, json};

const PREVIEW: &str = "/api/tools/segment_add_labels_to_source/preview";
const EXECUTE: &str = "/api/tools/segment_add_labels_to_source/execute";

/// A seeded source gets a label that the workspace has; the label's spelling is one of the short ones.
fn labels() -> Value {
    json!({"source_id": "rGHNJ1YIkzjmbrN7RW6Gvh", "labels": ["platform:web"]})
}

fn code(answer: &Answered) -> (u16, String) {
    let body = answer.json();
    let code = body["error"]["code"].as_str().or(body["code"].as_str()).unwrap_or("none");
    (answer.status.as_u16(), code.to_owned())
}

#[tokio::test]
async fn a_write_is_previewed_and_then_done_once() {
    let (gateway, _, token) = Gateway::with_device().await;
    let body = json!({"arguments": labels(), "confirmed": true});

    let unasked = gateway.post(EXECUTE).token(&token).json(body.clone()).send().await;
    assert_eq!(code(&unasked), (412, "confirmation_required".to_owned()));

    let preview = gateway.post(PREVIEW).token(&token).json(body.clone()).send().await;
    assert_json_snapshot!(preview.shown(), @r#"
    {
      "body": {
        "args": {
          "labels": [
            {
              "key": "platform",
              "value": "web"
            }
          ],
          "sourceId": "rGHNJ1YIkzjmbrN7RW6Gvh"
        },
        "connectionId": 1,
        "data": {
          "affected": [],
          "after": {
            "enabled": true,
            "id": "rGHNJ1YIkzjmbrN7RW6Gvh",
            "labels": [
              {
                "description": "What customers use",
                "key": "environment",
                "value": "production"
              },
              {
                "key": "platform",
                "value": "web"
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
          },
          "before": {
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
          },
          "changes": [
            {
              "from": [
                {
                  "description": "What customers use",
                  "key": "environment",
                  "value": "production"
                }
              ],
              "path": "/labels",
              "to": [
                {
                  "description": "What customers use",
                  "key": "environment",
                  "value": "production"
                },
                {
                  "key": "platform",
                  "value": "web"
                }
              ]
            }
          ],
          "confirmation": {
            "expiresAt": "[instant]",
            "id": "cnf_[id]",
            "needs": "preview"
          },
          "confirmationRequired": true,
          "connectionId": 1,
          "limit": {
            "perMinute": 200
          },
          "policyReason": "its rule is confirm",
          "preview": true,
          "request": {
            "body": {
              "labels": [
                {
                  "key": "platform",
                  "value": "web"
                }
              ]
            },
            "headers": {
              "accept": "application/vnd.segment.v1+json",
              "accept-encoding": "identity",
              "authorization": "Bearer ***",
              "content-type": "application/vnd.segment.v1+json"
            },
            "method": "POST",
            "url": "http://[sandbox]/us/public_api/sources/rGHNJ1YIkzjmbrN7RW6Gvh/labels"
          },
          "willExecute": false
        },
        "integration": "segment",
        "meta": {
          "callId": "call_[id]",
          "durationMs": "[number]",
          "endedAt": "[instant]",
          "requestId": "req_[id]",
          "startedAt": "[instant]"
        },
        "mode": "preview",
        "ok": true,
        "requiresConfirmation": true,
        "toolName": "segment_add_labels_to_source"
      },
      "status": 200
    }
    "#);

    let done = gateway.post(EXECUTE).token(&token).json(body.clone()).send().await;
    assert_eq!(done.status, 200, "{}", done.text);
    assert_eq!(done.json()["result"]["data"]["labels"][1]["value"], "web", "{}", done.text);

    let again = gateway.post(EXECUTE).token(&token).json(body).send().await;
    assert_eq!(code(&again), (412, "confirmation_used".to_owned()));
}

#[tokio::test]
async fn without_arguments_the_body_is_the_arguments() {
    let (gateway, _, token) = Gateway::with_device().await;
    let raw = json!({"limit": 2, "connectionId": "1", "confirmed": true});
    let answer = gateway.post("/api/tools/segment_list_sources/execute").token(&token).json(raw).send().await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.json()["args"]["limit"], 2);
    let empty = gateway.post("/api/tools/segment_list_sources/execute").token(&token).send().await;
    assert_eq!(empty.status, 200, "{}", empty.text);
}

#[tokio::test]
async fn a_body_that_could_be_misread_is_refused() {
    let (gateway, _, token) = Gateway::with_device().await;
    let path = "/api/tools/segment_list_sources/execute";
    let json = "application/json";
    for (kind, body, expected) in [
        (json, r#"{"arguments": {"limit": 1, "limit": 2}}"#, (400, "invalid_arguments")),
        (json, r#"{"arguments": {"cursor": "\u0000"}}"#, (400, "invalid_arguments")),
        (json, "[]", (400, "invalid_arguments")),
        (json, "{", (400, "invalid_arguments")),
        (json, r#"{"arguments": {}, "limit": 1}"#, (400, "invalid_arguments")),
        (json, r#"{"arguments": {}, "files": [{}]}"#, (400, "invalid_arguments")),
        ("text/plain", "{}", (415, "unsupported_media_type")),
        ("application/x-www-form-urlencoded", "limit=1", (415, "unsupported_media_type")),
    ] {
        let answer = gateway.post(path).token(&token).header("content-type", kind).body(body).send().await;
        assert_eq!(code(&answer), (expected.0, expected.1.to_owned()), "{body}");
    }
    let packed = gateway.post(path).token(&token).header("content-encoding", "gzip").body("{}").send().await;
    assert_eq!(code(&packed), (415, "unsupported_media_type".to_owned()));
}

#[tokio::test]
async fn every_fault_of_the_arguments_is_told_with_the_schema() {
    let (gateway, _, token) = Gateway::with_device().await;
    let wrong = json!({"arguments": {"sourceId": 7, "colour": "red"}});
    let mut answer = gateway.post(PREVIEW).token(&token).json(wrong).send().await.shown();
    assert_eq!(answer["body"]["inputSchema"]["type"], "object");
    answer["body"]["inputSchema"] = "[schema]".into();
    assert_json_snapshot!(answer, @r#"
    {
      "body": {
        "details": [
          "/colour: is not known here; known are `labels`, `sourceId`",
          "/labels: is required",
          "/sourceId: must be a string"
        ],
        "error": {
          "code": "invalid_arguments",
          "message": "The arguments of `segment_add_labels_to_source` are not what it takes.",
          "retryable": false,
          "type": "validation"
        },
        "inputSchema": "[schema]",
        "invalidFields": [
          "/colour",
          "/sourceId"
        ],
        "meta": {
          "callId": "call_[id]",
          "durationMs": "[number]",
          "endedAt": "[instant]",
          "requestId": "req_[id]",
          "startedAt": "[instant]"
        },
        "missingFields": [
          "/labels"
        ],
        "ok": false
      },
      "status": 400
    }
    "#);
}

#[tokio::test]
async fn a_device_that_only_reads_writes_nothing() {
    let (gateway, person, _) = Gateway::with_device().await;
    let token = gateway.device(&person, keyferry_core::Rule::ReadOnly).await;
    let answer = gateway.post(PREVIEW).token(&token).json(json!({"arguments": labels()})).send().await;
    assert_eq!(code(&answer), (403, "policy_denied".to_owned()));
}

#[tokio::test]
async fn without_a_connection_the_answer_holds_the_link() {
    let gateway = Gateway::new().await;
    let person = gateway.person("ada@example.com").await;
    let token = gateway.device(&person, keyferry_core::Rule::Confirm).await;
    let answer =
        gateway.post("/api/tools/segment_list_sources/execute").token(&token).json(json!({})).send().await;
    assert_json_snapshot!(answer.shown(), @r#"
    {
      "body": {
        "details": [],
        "error": {
          "code": "needs_connection",
          "message": "Segment is not connected.",
          "retryable": false,
          "type": "configuration"
        },
        "hint": "A person has to connect it: https://keys.example.com/connect/segment",
        "invalidFields": [],
        "meta": {
          "callId": "call_[id]",
          "durationMs": "[number]",
          "endedAt": "[instant]",
          "requestId": "req_[id]",
          "startedAt": "[instant]"
        },
        "missingFields": [],
        "ok": false
      },
      "status": 409
    }
    "#);
}
