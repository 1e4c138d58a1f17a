//! Failures, where the clients of each API look for them.

use super::{AsClient, BATCH, trusted};
use serde_json::json;

#[tokio::test]
async fn a_failure_is_told_in_our_form_and_in_the_apis_own() {
    let (gateway, _, token) = trusted().await;
    let tracking = gateway.post(BATCH).basic(&token).body("no").send().await.json();
    assert_eq!(
        (&tracking["code"], &tracking["error"]["code"]),
        (&json!("invalid_arguments"), &json!("invalid_arguments"))
    );
    assert_eq!(tracking["message"], tracking["error"]["message"]);

    let unknown = gateway.get("/proxy/segment/public_api/sources/unknown").token(&token).send().await;
    assert_eq!(unknown.status, 404);
    let public_api = unknown.json();
    assert_eq!(public_api["errors"][0]["type"], "invalid_source_id", "{public_api:#}");
    assert_eq!(public_api["errors"][0]["message"], public_api["error"]["message"]);

    let nobody = gateway.post(BATCH).basic("x").body("{}").send().await.json();
    assert_eq!(nobody["code"], "unauthorized");
    assert_eq!(nobody["error"], nobody["message"], "a sentence, as for every 401");
}
