//! What the command line tells of the device's own doings: its calls, one call whole, and what waits for a person.

use keyferry_testkit::{Demo, Engine};
use serde_json::json;

async fn source(demo: &Demo) -> String {
    let sources = demo.device().call("segment_list_sources", json!({"limit": 1})).await.ok();
    sources["result"]["data"]["sources"][0]["id"].as_str().expect("a source").to_owned()
}

#[tokio::test]
async fn a_device_reads_what_it_did() {
    let demo = Demo::start(Engine::Sqlite).await;
    let source = source(&demo).await;
    let sent = demo.cli(&["call", "segment_track", "userId=u-7", "event=Left", "--yes"]).await;
    assert_eq!(sent.code, Some(0), "{sent:#?}");
    let listed =
        demo.cli(&["calls", "--tool", "segment_track", "--state", "succeeded", "--json"]).await.json();
    let newest = listed["calls"][0]["id"].as_str().expect("a call").to_owned();
    let listed = demo.cli(&["calls"]).await.stdout;
    let of_track = listed.lines().position(|line| line.starts_with(&newest)).expect("the call is listed");
    assert!(listed.lines().nth(of_track + 1).is_some_and(|line| line.contains("segment_track")), "{listed}");
    let whole = demo.cli(&["calls", &newest]).await;
    for told in ["segment_track", "succeeded", "event", "Left", "success"] {
        assert!(whole.stdout.contains(told), "{told}: {whole:#?}");
    }
    let refused = demo.cli(&["call", "segment_delete_source", &format!("sourceId={source}")]).await;
    assert_eq!(refused.code, Some(4), "{refused:#?}");
    let refused = demo.cli(&["calls", "--state", "refused", "--limit", "1"]).await.stdout;
    assert!(refused.contains("segment_delete_source") && refused.contains("approval_required"), "{refused}");
    let nobodys = demo.cli(&["calls", "call_01a1ff0a1e6275eca18e95c2595dd5bc"]).await;
    assert_eq!(nobodys.code, Some(3), "{nobodys:#?}");
}

#[tokio::test]
async fn what_waits_for_a_person_is_listed_until_it_is_decided() {
    let demo = Demo::start(Engine::Sqlite).await;
    let asked = format!("sourceId={}", source(&demo).await);
    let preview = demo.cli(&["preview", "segment_delete_source", &asked]).await;
    let link =
        preview.stdout.split_whitespace().find(|word| word.contains("/approve/")).expect("a link").to_owned();
    let waiting = demo.cli(&["approvals"]).await.stdout;
    assert!(waiting.contains(&link) && waiting.contains("waits for a person"), "{waiting}");
    demo.person().await.deny(&link, "It is still needed").await;
    let after = demo.cli(&["approvals"]).await.stdout;
    assert!(!after.contains(&link), "{after}");
    let all = demo.cli(&["approvals", "--all"]).await.stdout;
    assert!(all.contains("denied") && all.contains("It is still needed"), "{all}");
}
