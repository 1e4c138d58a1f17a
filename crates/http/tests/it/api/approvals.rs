use crate::gateway::Gateway;
use insta::assert_json_snapshot;
use keyferry_broker::Verdict;
use keyferry_core::Rule;
use serde_json::json;

#[tokio::test]
async fn a_device_sees_what_became_of_what_it_asked_for() {
    let (gateway, person, _) = Gateway::with_device().await;
    let token = gateway.device(&person, Rule::Approve).await;
    let body = json!({"arguments": {"sourceId": "rGHNJ1YIkzjmbrN7RW6Gvh", "labels": ["platform:web"]}});
    let preview = gateway
        .post("/api/tools/segment_add_labels_to_source/preview")
        .token(&token)
        .json(body.clone())
        .send()
        .await;
    let id = preview.json()["data"]["confirmation"]["id"].as_str().unwrap().to_owned();

    let pending = gateway.get("/api/approvals").token(&token).send().await;
    assert_json_snapshot!(pending.shown(), @r#"
    {
      "body": {
        "approvals": [
          {
            "approvalUrl": "https://keys.example.com/approve/cnf_[id]",
            "connectionId": 1,
            "connectionLabel": "Sandbox",
            "createdAt": "[instant]",
            "deviceLabel": "laptop",
            "expiresAt": "[instant]",
            "id": "cnf_[id]",
            "impact": "write",
            "object": "rGHNJ1YIkzjmbrN7RW6Gvh",
            "objectName": "Website",
            "requestedBy": "Ada",
            "status": "pending",
            "title": "Add labels to source",
            "tool": "segment_add_labels_to_source"
          }
        ]
      },
      "status": 200
    }
    "#);
    let call = gateway
        .post("/api/tools/segment_add_labels_to_source/execute")
        .token(&token)
        .json(body.clone())
        .send()
        .await;
    assert_json_snapshot!(call.shown(), @r#"
    {
      "body": {
        "approvalUrl": "https://keys.example.com/approve/cnf_[id]",
        "details": [
          "Approval cnf_[id] waits until [instant]."
        ],
        "error": {
          "code": "approval_required",
          "message": "A person has to approve this call of `segment_add_labels_to_source` first.",
          "retryable": false,
          "type": "validation"
        },
        "hint": "Ask the person to open https://keys.example.com/approve/cnf_[id], then call again with the same arguments.",
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
      "status": 412
    }
    "#);

    let deny = Verdict::Deny { reason: Some("Not today.".to_owned()) };
    gateway.broker.decide(&person.principal, &id.parse().unwrap(), &deny, true).await.unwrap();
    let denied = gateway.get("/api/approvals").token(&token).send().await.json();
    assert_eq!(
        (&denied["approvals"][0]["status"], &denied["approvals"][0]["reason"]),
        (&"denied".into(), &"Not today.".into())
    );
    let call = gateway
        .post("/api/tools/segment_add_labels_to_source/execute")
        .token(&token)
        .json(body)
        .send()
        .await
        .json();
    assert_eq!(call["error"]["code"], "approval_denied");
}
