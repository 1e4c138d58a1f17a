//! What a preview shows, and that it sends nothing but reads.

use crate::rig::{Rig, code};
use serde_json::json;

#[tokio::test]
async fn it_shows_the_masked_request_and_before_and_after() {
    let rig = Rig::new().await;
    let source = rig.source("docs-site").await;
    let preview =
        rig.preview("segment_update_source", json!({"sourceId": source, "name": "Docs"})).await.unwrap();
    let data = &preview["data"];
    assert_eq!(data["request"]["method"], "PATCH");
    assert_eq!(data["request"]["headers"]["authorization"], "Bearer ***");
    assert_eq!(data["changes"], json!([{"path": "/name", "from": "Docs site", "to": "Docs"}]));
    assert_eq!(data["before"]["name"], "Docs site");
    assert_eq!(data["after"]["name"], "Docs");
    assert!(!preview.to_string().contains(&rig.sandbox.credentials.us.public_api));
    assert!(rig.received("PATCH", &source).is_empty());
}

#[tokio::test]
async fn it_names_what_else_is_affected_and_asks_a_person() {
    let rig = Rig::new().await;
    let source = rig.source("website").await;
    let preview = rig.preview("segment_delete_source", json!({"sourceId": source})).await.unwrap();
    let data = &preview["data"];
    assert_eq!(data["after"], json!(null));
    assert_eq!(data["changes"][0]["path"], "");
    let affected = data["affected"].as_array().unwrap();
    let kinds: Vec<&str> = affected.iter().map(|thing| thing["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"destination") && kinds.contains(&"warehouse"), "{affected:?}");
    assert_eq!(data["confirmation"]["needs"], "person");
    let url = data["confirmation"]["approvalUrl"].as_str().unwrap();
    assert!(url.starts_with("https://keyferry.example/approve/cnf_"), "{url}");
}

#[tokio::test]
async fn what_is_made_when_it_is_sent_is_said_to_be() {
    let rig = Rig::new().await;
    let items = json!([{"type": "track", "userId": "u1", "event": "A"}, {"type": "page", "userId": "u1"}]);
    let preview = rig.preview("segment_batch", json!({"batch": items})).await.unwrap();
    let body = &preview["data"]["request"]["body"];
    for item in body["batch"].as_array().unwrap() {
        assert_eq!(item["messageId"], "made when sent", "{body}");
    }
    rig.call("segment_batch", json!({"batch": items})).await.unwrap();
    for item in rig.received("POST", "/v1/batch")[0]["body"]["batch"].as_array().unwrap() {
        assert_ne!(item["messageId"], "made when sent");
    }
}

#[tokio::test]
async fn its_reads_are_journaled_beneath_it() {
    let rig = Rig::new().await;
    let source = rig.source("docs-site").await;
    let preview =
        rig.preview("segment_update_source", json!({"sourceId": source, "name": "Docs"})).await.unwrap();
    let journal = rig.journal().await;
    let id = &preview["meta"]["callId"];
    let own = journal.iter().find(|call| call["id"] == *id).unwrap();
    assert_eq!(own["state"], "previewed");
    let beneath: Vec<_> = journal.iter().filter(|call| call["parentId"] == *id).collect();
    assert_eq!(beneath.len(), 1);
    assert_eq!(beneath[0]["tool"], "segment_get_source");
}

#[tokio::test]
async fn what_does_not_exist_is_told_at_once() {
    let rig = Rig::new().await;
    let gone = json!({"sourceId": "nosuchsource1234567890"});
    assert_eq!(code(rig.preview("segment_delete_source", gone).await), "invalid_source_id");
}

#[tokio::test]
async fn a_state_that_cannot_be_read_is_said_to_be_unavailable() {
    let rig = Rig::new().await;
    let source = rig.source("docs-site").await;
    let fault = json!({"match": {"api": "public_api", "method": "GET"}, "times": 20, "kind": "status", "status": 503});
    rig.fault(fault).await;
    let preview =
        rig.preview("segment_update_source", json!({"sourceId": source, "name": "Docs"})).await.unwrap();
    assert_eq!(preview["data"]["before"], json!(null));
    assert!(preview["data"]["beforeUnavailable"].as_str().unwrap().contains("upstream_unavailable"));
}

#[tokio::test]
async fn bare_labels_are_resolved_by_a_read_beneath() {
    let rig = Rig::new().await;
    let source = rig.source("docs-site").await;
    let asked = json!({"source_id": source, "labels": ["production", "platform:web"]});
    let preview = rig.preview("segment_add_labels_to_source", asked.clone()).await.unwrap();
    let whole = json!([{"key": "environment", "value": "production"}, {"key": "platform", "value": "web"}]);
    assert_eq!(preview["args"]["labels"], whole);
    rig.call("segment_add_labels_to_source", asked).await.unwrap();
    let ambiguous = json!({"source_id": source, "labels": ["core"]});
    let failed = rig.preview("segment_add_labels_to_source", ambiguous).await.unwrap_err();
    assert_eq!(failed.failure.code.as_str(), "invalid_arguments");
    assert!(failed.failure.faults[0].message.contains("team:core"), "{:?}", failed.failure.faults);
}

#[tokio::test]
async fn what_deceives_the_eye_is_made_visible() {
    let rig = Rig::new().await;
    let source = rig.source("docs-site").await;
    let asked = json!({"sourceId": source, "name": "Docs\u{202E}gnigats"});
    let preview = rig.preview("segment_update_source", asked).await.unwrap();
    assert_eq!(preview["data"]["changes"][0]["to"], "Docs⟨U+202E⟩gnigats");
}
