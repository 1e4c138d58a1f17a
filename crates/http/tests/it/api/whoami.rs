use crate::gateway::Gateway;
use insta::assert_json_snapshot;
use keyferry_core::Rule;
use keyferry_store::{Narrowing, connections};
use serde_json::json;

#[tokio::test]
async fn it_tells_whose_device_this_is_and_what_it_may_do() {
    let gateway = Gateway::new().await;
    let person = gateway.person("ada@example.com").await;
    let (device, token) = gateway.named_device(&person, Rule::Confirm).await;
    let tool = Some("segment_delete_source".to_owned());
    let narrowing = Narrowing { integration: None, connection: None, tool, rule: Rule::ReadOnly };
    gateway.identity.devices.narrow(&person.principal, &device, &[narrowing]).await.unwrap();

    let answer = gateway.get("/api/agent/whoami").token(&token).send().await;
    assert_json_snapshot!(answer.shown(), @r#"
    {
      "body": {
        "capabilities": {
          "can_begin_connection": true,
          "can_execute": true
        },
        "device": {
          "client": "test",
          "createdAt": "[instant]",
          "expiresAt": null,
          "id": "dev_[id]",
          "label": "laptop",
          "narrower": [
            {
              "rule": "read-only",
              "tool": "segment_delete_source"
            }
          ],
          "rule": "confirm"
        },
        "environment": "self_hosted",
        "region": null,
        "team": {
          "id": "team_[id]",
          "name": "Ada’s team",
          "role": "owner"
        },
        "user": {
          "id": "user_[id]",
          "name": "Ada"
        },
        "user_id": "user_[id]",
        "workspace_id": "team_[id]",
        "workspace_name": "Ada’s team"
      },
      "status": 200
    }
    "#);
}

#[tokio::test]
async fn a_rule_about_a_connection_names_its_number_and_goes_with_it() {
    let (gateway, person, _) = Gateway::with_device().await;
    let (device, token) = gateway.named_device(&person, Rule::Confirm).await;
    let principal = &person.principal;
    let visible = connections::visible(&gateway.db, &principal.team, &principal.user).await.unwrap();
    let connection = Some(visible[0].id.clone());
    let narrowing = Narrowing { integration: None, connection, tool: None, rule: Rule::ReadOnly };
    gateway.identity.devices.narrow(principal, &device, &[narrowing]).await.unwrap();
    let narrower = async || {
        let answer = gateway.get("/api/agent/whoami").token(&token).send().await;
        answer.json()["device"]["narrower"].clone()
    };
    assert_eq!(narrower().await, json!([{"connectionId": 1, "rule": "read-only"}]));
    gateway.broker.disconnect(principal, 1).await.unwrap();
    assert_eq!(narrower().await, json!([]));
}
