use crate::gateway::Gateway;
use insta::assert_json_snapshot;
use keyferry_broker::Verdict;
use keyferry_core::Rule;
use serde_json::json;

#[tokio::test]
async fn a_device_sees_what_became_of_what_it_asked_for() {
    let (gateway, person, _) = Gateway::with_device().await;
    let token = gateway.device(&person, Rule::Approve).await;
    let body =
        json!({"arguments": {"slug": "new-source", "enabled": true, "metadataId": "TCVbw2Us6ojSZ1rtuo5xsy"}});
    let preview = gateway
        .post("/api/tools/segment_create_source/preview")
        .token(&token)
        .json(body.clone())
        .send()
        .await;
    let id = preview.json()["data"]["confirmation"]["id"].as_str().unwrap().to_owned();

    let pending = gateway.get("/api/approvals").token(&token).send().await;
    assert_json_snapshot!(pending.shown(), @"");
    let call = gateway
        .post("/api/tools/segment_create_source/execute")
        .token(&token)
        .json(body.clone())
        .send()
        .await;
    assert_json_snapshot!(call.shown(), @"");

    let deny = Verdict::Deny { reason: Some("Not today.".to_owned()) };
    gateway.broker.decide(&person.principal, &id.parse().unwrap(), &deny, true).await.unwrap();
    let denied = gateway.get("/api/approvals").token(&token).send().await.json();
    assert_eq!(
        (&denied["approvals"][0]["status"], &denied["approvals"][0]["reason"]),
        (&"denied".into(), &"Not today.".into())
    );
    let call =
        gateway.post("/api/tools/segment_create_source/execute").token(&token).json(body).send().await.json();
    assert_eq!(call["error"]["code"], "approval_denied");
}
