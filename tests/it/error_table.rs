//! Each row of the ClawLink skill's error table comes about, with the status and code of `docs/skill-commands.md`.

use crate::skill_table;
use keyferry_core::Role;
use keyferry_testkit::{Answer, Demo, Engine};
use serde_json::json;

#[tokio::test]
async fn each_row_is_produced() {
    let demo = Demo::start(Engine::Sqlite).await;
    for row in skill_table::errors() {
        let answer = produced(&demo, &row.word).await;
        assert_eq!(answer.told(), (row.http, row.code.as_str()), "{}: {}", row.word, answer.text);
        assert!(
            answer.body["hint"].is_string() || !answer.body["details"].as_array().unwrap().is_empty(),
            "{}",
            answer.text
        );
    }
}

async fn produced(demo: &Demo, word: &str) -> Answer {
    let device = demo.device();
    match word {
        "Tool not found" => device.call("segment_get_sauce", json!({"sourceId": "s"})).await,
        "Missing connection" => {
            let person = demo.join("newcomer", Role::Member).await;
            let token = person.new_device("unconnected", "confirm").await;
            demo.device_with(&token).call("segment_list_sources", json!({})).await
        }
        "invalid_source_id" => {
            device.call("segment_get_source", json!({"sourceId": "nobodyKnowsThisSource1"})).await
        }
        "invalid_destination_id" => {
            device.call("segment_get_destination", json!({"destinationId": "nobodyKnowsThisOne1"})).await
        }
        "missing_identity" => device.call("segment_track", json!({"event": "Purchased"})).await,
        "Write rejected" => {
            device.preview("segment_track", json!({"userId": "u-1001", "event": "Purchased"})).await.ok();
            device.call("segment_track", json!({"userId": "u-1001", "event": "Refunded"})).await
        }
        other => panic!("the table has a row `{other}` that this test can't produce"),
    }
}

#[tokio::test]
async fn the_nearest_names_are_told_for_one_that_is_not_there() {
    let demo = Demo::start(Engine::Sqlite).await;
    let answer = demo.device().call("segment_get_sauce", json!({})).await;
    let details = answer.body["details"].to_string();
    assert!(details.contains("segment_get_source"), "{details}");
}
