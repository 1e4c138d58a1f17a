//! Previewing and calling as the OpenClaw plugin does: `confirmed` always stands there, and proves nothing.

use super::{Plugin, is_structured, sentence, text};
use keyferry_testkit::{Demo, Engine, Typed};
use rstest::rstest;
use serde_json::{Value, json};

const TRACK: &str = "segment_track";

fn purchase() -> Value {
    json!({"userId": "u-1001", "event": "Purchased", "properties": {"price": 29.99}})
}

#[rstest]
#[tokio::test]
async fn a_yes_of_the_agents_own_sends_nothing_and_a_preview_counts_once(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let demo = Demo::start(engine).await;
    let plugin = Plugin::paired(&demo);
    let before = demo.sandbox.last().await;
    let refused = plugin.execute(TRACK, json!({"arguments": purchase(), "confirmed": true})).await;
    is_structured(&refused, 412, "confirmation_required");
    assert_eq!(demo.sandbox.requests(before).await, Vec::<Value>::new());

    let preview = plugin.preview(TRACK, json!({"arguments": purchase()})).await.ok();
    let data = &preview["data"];
    assert_eq!((&data["preview"], &data["willExecute"]), (&json!(true), &json!(false)));
    assert!(preview.get("result").is_none(), "the plugin would show it instead of the whole");
    assert_eq!(preview["mode"], "preview");
    // What it says of itself changes nothing, either way.
    let done = plugin.execute(TRACK, json!({"arguments": purchase(), "confirmed": false})).await.ok();
    assert_eq!(
        (&done["ok"], &done["toolName"], &done["mode"]),
        (&json!(true), &json!(TRACK), &json!("direct"))
    );
    assert_eq!(done["connectionId"], json!(demo.file.connection_id));
    let again = plugin.execute(TRACK, json!({"arguments": purchase(), "confirmed": true})).await;
    is_structured(&again, 412, "confirmation_used");
    assert_eq!(demo.sandbox.requests(before).await.len(), 1);
}

#[tokio::test]
async fn what_a_person_has_to_approve_comes_with_the_link_as_hint() {
    let demo = Demo::start(Engine::Sqlite).await;
    let plugin = Plugin::paired(&demo);
    let listed =
        plugin.execute("segment_list_sources", json!({"arguments": {}, "confirmed": true})).await.ok();
    let source = listed["result"]["data"]["sources"][0]["id"].clone();
    let body = json!({"arguments": {"sourceId": source}, "confirmed": true});
    let asked = plugin.execute("segment_delete_source", body.clone()).await;
    is_structured(&asked, 412, "approval_required");
    let link = text(&asked.body, "approvalUrl");
    assert!(text(&asked.body, "hint").contains(link), "{:#}", asked.body);
    assert!(link.starts_with(&format!("{}/approve/", demo.base())));
    is_structured(&plugin.execute("segment_delete_source", body.clone()).await, 412, "approval_required");

    demo.person().await.approve(link).await;
    plugin.execute("segment_delete_source", body.clone()).await.ok();
    let used = plugin.execute("segment_delete_source", body).await;
    assert_eq!(used.status, 412, "{:#}", used.body);
}

#[tokio::test]
async fn an_account_is_named_by_its_number_or_by_the_number_as_a_text() {
    let demo = Demo::start(Engine::Sqlite).await;
    let number = demo.person().await.connected("Second", "eu", Typed::all(&demo.keys.eu)).await;
    let plugin = Plugin::paired(&demo);
    for given in [json!(number), json!(number.to_string()), json!(format!(" {number} "))] {
        let body = json!({"arguments": {"limit": 1}, "connectionId": given, "confirmed": true});
        let done = plugin.execute("segment_list_sources", body.clone()).await.ok();
        assert_eq!(done["connectionId"], json!(number), "{given}");
        let preview = plugin.preview("segment_list_sources", body).await.ok();
        assert_eq!(preview["connectionId"], json!(number), "{given}");
    }
    for wrong in [json!("first"), json!(1.5), json!({})] {
        let body = json!({"arguments": {}, "connectionId": wrong});
        let refused = plugin.execute("segment_list_sources", body).await;
        is_structured(&refused, 400, "invalid_arguments");
        assert_eq!(refused.body["invalidFields"], json!(["/connectionId"]), "{wrong}");
    }
    let nobodys =
        plugin.execute("segment_list_sources", json!({"arguments": {}, "connectionId": 4711})).await;
    assert_eq!(nobodys.status, 404, "{:#}", nobodys.body);
}

#[tokio::test]
async fn arguments_may_stand_in_the_place_of_arguments() {
    let demo = Demo::start(Engine::Sqlite).await;
    let plugin = Plugin::paired(&demo);
    let mut beside = purchase();
    beside["connectionId"] = json!(demo.file.connection_id);
    let previewed = plugin.preview(TRACK, beside.clone()).await.ok();
    assert_eq!(previewed["args"]["event"], "Purchased");
    beside["confirmed"] = json!(true);
    let done = plugin.execute(TRACK, beside).await.ok();
    assert_eq!(done["args"]["userId"], "u-1001");
    let read = plugin.execute("segment_list_sources", json!({"limit": 2, "confirmed": true})).await.ok();
    assert_eq!(read["args"], json!({"limit": 2}));
}

#[tokio::test]
async fn a_body_that_is_no_json_or_holds_files_is_refused_in_words() {
    let demo = Demo::start(Engine::Sqlite).await;
    let plugin = Plugin::paired(&demo);
    let before = demo.sandbox.last().await;
    for body in ["{", "not json", "[]", "\"text\"", "{\"arguments\":{},\"arguments\":{}}"] {
        for step in ["preview", "execute"] {
            let path = format!("/api/tools/segment_list_sources/{step}");
            let refused = plugin.raw("POST", &path, Some(body.to_owned()), &[]).await;
            is_structured(&refused, 400, "invalid_arguments");
            assert!(!sentence(&refused).is_empty(), "{body}");
        }
    }
    let file =
        json!({"pointer": "/a", "name": "a", "mimetype": "text/plain", "md5": "x", "dataBase64": "YQ=="});
    for files in [json!([file]), json!("a"), json!({})] {
        let refused = plugin.execute("segment_list_sources", json!({"arguments": {}, "files": files})).await;
        is_structured(&refused, 400, "invalid_arguments");
    }
    assert_eq!(demo.sandbox.requests(before).await, Vec::<Value>::new());
    plugin
        .execute("segment_list_sources", json!({"arguments": {}, "files": [], "confirmed": true}))
        .await
        .ok();
    plugin.raw("POST", "/api/tools/segment_list_sources/execute", None, &[]).await.ok();
}

#[tokio::test]
async fn what_is_wrong_with_arguments_is_told_where_the_plugin_looks() {
    let demo = Demo::start(Engine::Sqlite).await;
    let plugin = Plugin::paired(&demo);
    let body = json!({"arguments": {"name": 7, "colour": "red"}, "confirmed": true});
    for wrong in [
        plugin.execute("segment_update_source", body.clone()).await,
        plugin.preview("segment_update_source", body).await,
    ] {
        is_structured(&wrong, 400, "invalid_arguments");
        assert_eq!(wrong.body["missingFields"], json!(["/sourceId"]));
        let invalid = wrong.body["invalidFields"].as_array().unwrap();
        assert!(invalid.contains(&json!("/name")) && invalid.contains(&json!("/colour")), "{invalid:?}");
        assert!(wrong.body["details"].as_array().unwrap().iter().all(Value::is_string));
        assert!(wrong.body["inputSchema"]["properties"].is_object(), "{:#}", wrong.body);
    }
    let placeholder = json!({"arguments": {"sourceId": "YOUR_SOURCE_ID"}, "confirmed": true});
    let placeholder = plugin.execute("segment_get_source", placeholder).await;
    is_structured(&placeholder, 400, "placeholder_argument");
}
