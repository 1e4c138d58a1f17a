//! Everything that can be changed, and what a change changes.

use crate::house::{House, answer};
use serde_json::json;

#[tokio::test]
async fn an_update_changes_what_it_names() {
    let house = House::open().await;
    let before = house.source("website").await;
    let path = format!("/sources/{}", before["id"].as_str().unwrap());
    let change = json!({"name": "Shop", "enabled": false, "settings": {"theme": "dark"}});
    let request = house.public("PATCH", &path).header("content-type", "application/vnd.segment.v1+json");
    let (status, body) = answer(request.body(change.to_string())).await;
    assert_eq!(status, 200);
    let after = house.source("website").await;
    assert_eq!(body["data"]["source"], after);
    assert_eq!((&after["name"], &after["enabled"]), (&json!("Shop"), &json!(false)));
    assert_eq!(after["settings"]["theme"], "dark");
    assert_eq!(after["settings"]["website_url"], before["settings"]["website_url"], "settings are merged");
    assert_eq!((&after["slug"], &after["labels"]), (&before["slug"], &before["labels"]));
}

#[tokio::test]
async fn an_update_that_is_wrong_says_all_that_is_wrong_and_changes_nothing() {
    let house = House::open().await;
    let before = house.source("website").await;
    let path = format!("/sources/{}", before["id"].as_str().unwrap());
    let wrong = json!({"name": "Changed", "enabled": "no", "slug": "", "settings": []});
    let (status, body) = answer(house.public("PATCH", &path).json(&wrong)).await;
    assert_eq!(status, 422);
    insta::assert_json_snapshot!(body, @r#"
    {
      "errors": [
        {
          "field": "enabled",
          "message": "must be a boolean",
          "type": "input-validation"
        },
        {
          "field": "slug",
          "message": "must be a string that is not empty",
          "type": "input-validation"
        },
        {
          "field": "settings",
          "message": "must be an object",
          "type": "input-validation"
        }
      ]
    }
    "#);
    assert_eq!(house.source("website").await, before);

    let (status, body) = answer(house.public("PATCH", &path).json(&json!({"slug": "billing"}))).await;
    assert_eq!((status.as_u16(), &body["errors"][0]["type"]), (409, &json!("conflict")));
    let broken = house.public("PATCH", &path).header("content-type", "application/json").body("{");
    assert_eq!(answer(broken).await.0, 400);
    let plain = house.public("PATCH", &path).header("content-type", "text/plain").body("{}");
    assert_eq!(answer(plain).await.0, 415);
}

#[tokio::test]
async fn a_label_is_given_once_and_only_when_the_workspace_has_it() {
    let house = House::open().await;
    let id = house.source("docs-site").await["id"].as_str().unwrap().to_owned();
    let path = format!("/sources/{id}/labels");
    for _ in 0..2 {
        let labels = json!({"labels": [{"key": "environment", "value": "staging"}]});
        let (status, body) = answer(house.public("POST", &path).json(&labels)).await;
        assert_eq!((status.as_u16(), body["data"]["labels"].as_array().unwrap().len()), (200, 1));
    }
    let labels = json!({"labels": ["production", {"key": "environment", "value": "moon"}, {"key": "team", "value": "core"}]});
    let (status, body) = answer(house.public("POST", &path).json(&labels)).await;
    assert_eq!(status, 422);
    insta::assert_json_snapshot!(body, @r#"
    {
      "errors": [
        {
          "field": "labels.0",
          "message": "must be an object with key and value, both strings",
          "type": "input-validation"
        },
        {
          "field": "labels.1",
          "message": "the workspace has no label environment:moon",
          "type": "input-validation"
        }
      ]
    }
    "#);
    assert_eq!(house.source("docs-site").await["labels"].as_array().unwrap().len(), 1);
    assert_eq!(answer(house.public("POST", &path).json(&json!({}))).await.0, 422);
}

#[tokio::test]
async fn a_deleted_source_takes_its_destinations_and_its_write_keys_with_it() {
    let house = House::open().await;
    let id = house.source("website").await["id"].as_str().unwrap().to_owned();
    let (status, body) = answer(house.public("DELETE", &format!("/sources/{id}"))).await;
    assert_eq!((status.as_u16(), body), (200, json!({"data": {"status": "SUCCESS"}})));
    assert_eq!(answer(house.public("DELETE", &format!("/sources/{id}"))).await.0, 404);
    let left = house.get("/destinations").await;
    assert!(left["data"]["destinations"].as_array().unwrap().iter().all(|one| one["sourceId"] != json!(id)));

    house.track("track").json(&json!({"userId": "u", "event": "E"})).send().await.unwrap();
    assert_eq!(house.events().await[0]["discarded"], "project_not_found");
}

#[tokio::test]
async fn a_removed_write_key_is_good_no_more_and_the_other_still_is() {
    let house = House::open().await;
    let source = house.source("website").await;
    let id = source["id"].as_str().unwrap();
    let path = format!("/sources/{id}/writekey/{}", source["writeKeys"][0].as_str().unwrap());
    assert_eq!(answer(house.public("DELETE", &path)).await.0, 200);
    assert_eq!(answer(house.public("DELETE", &path)).await.0, 404);
    house.track("track").json(&json!({"userId": "u", "event": "E"})).send().await.unwrap();
    let other = json!({"userId": "u", "event": "E", "writeKey": source["writeKeys"][1]});
    house.track("track").json(&other).send().await.unwrap();
    let fates: Vec<_> = house.events().await.into_iter().map(|event| event["discarded"].clone()).collect();
    assert_eq!(fates, [json!("project_not_found"), json!(null)]);
}
