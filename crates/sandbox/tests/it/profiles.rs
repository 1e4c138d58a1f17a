//! The Profile API, and what tracking changes in it.

use crate::house::{House, answer};
use keyferry_sandbox::SandboxLimits;
use serde_json::{Value, json};
use std::time::Duration;

async fn read(house: &House, below: &str) -> Value {
    let (status, body) = answer(house.user(below)).await;
    assert_eq!(status, 200, "{below}: {body}");
    body
}

#[tokio::test]
async fn what_is_tracked_becomes_visible() {
    let house = House::open().await;
    let identify = json!({"userId": "u-7", "traits": {"email": "Neu@acme.example", "plan": "free"}});
    house.track("identify").json(&identify).send().await.unwrap();
    let event =
        json!({"userId": "u-7", "event": "Signed Up", "messageId": "m-7", "properties": {"via": "ad"}});
    house.track("track").json(&event).send().await.unwrap();

    let by_email = read(&house, "email:neu%40acme.example/traits").await;
    assert_eq!(by_email["traits"], json!({"email": "Neu@acme.example", "plan": "free"}));
    let events = read(&house, "user_id:u-7/events").await;
    let id = house.source("website").await["id"].clone();
    assert_eq!(events["data"][0]["source_id"], id);
    insta::assert_json_snapshot!(
        events,
        {".data[].timestamp" => "[at]", ".data[].source_id" => "[id]", ".data[].external_ids" => "[ids]"},
        @r#"
    {
      "cursor": {
        "has_more": false,
        "limit": 10,
        "next": "",
        "url": ""
      },
      "data": [
        {
          "context": {},
          "event": "Signed Up",
          "external_ids": "[ids]",
          "message_id": "m-7",
          "properties": {
            "via": "ad"
          },
          "related": null,
          "source_id": "[id]",
          "timestamp": "[at]",
          "type": "track"
        }
      ]
    }
    "#
    );
}

#[tokio::test]
async fn traits_are_paged_and_the_cursor_names_the_upstream() {
    let house = House::open().await;
    let first = read(&house, "user_id:u-1001/traits").await;
    assert_eq!(first["traits"].as_object().unwrap().len(), 10);
    let next = first["cursor"]["next"].as_str().unwrap();
    let path = first["cursor"]["url"].as_str().unwrap();
    assert!(path.starts_with("/v1/spaces/") && path.ends_with(&format!("/traits?next={next}")), "{path}");

    let second = read(&house, &format!("user_id:u-1001/traits?next={next}")).await;
    assert_eq!(second["traits"].as_object().unwrap().len(), 4);
    assert_eq!(second["cursor"], json!({"url": "", "has_more": false, "next": "", "limit": 10}));
}

#[tokio::test]
async fn traits_are_narrowed_and_told_in_full() {
    let house = House::open().await;
    let some = read(&house, "user_id:u-1001/traits?include=plan,age&verbose=true").await;
    insta::assert_json_snapshot!(
        some["traits"],
        {".*.source_id" => "[id]", ".*.updated_at" => "[at]"},
        @r#"
    {
      "age": {
        "source_id": "[id]",
        "updated_at": "[at]",
        "value": 36
      },
      "plan": {
        "source_id": "[id]",
        "updated_at": "[at]",
        "value": "team"
      }
    }
    "#
    );
    assert_eq!(read(&house, "user_id:u-1001/traits?class=audience").await["traits"], json!({}));
}

#[tokio::test]
async fn events_of_fourteen_days_are_filtered_and_sorted() {
    let house = House::open().await;
    let all = read(&house, "user_id:u-1001/events?limit=200").await;
    assert_eq!(all["data"].as_array().unwrap().len(), 25);
    let orders = |events: Value| -> Vec<u64> {
        events["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| e["properties"]["order"].as_u64().unwrap())
            .collect()
    };
    let bought = "user_id:u-1001/events?include=Order%20Completed";
    assert_eq!(orders(read(&house, bought).await), [20, 15, 10, 5, 0]);
    assert_eq!(orders(read(&house, &format!("{bought}&sort=asc&limit=2")).await), [0, 5]);
    let rest = read(&house, "user_id:u-1001/events?exclude=Order%20Completed&limit=200").await;
    assert_eq!(rest["data"].as_array().unwrap().len(), 20);
    let end = all["data"][23]["timestamp"].as_str().unwrap();
    assert_eq!(orders(read(&house, &format!("user_id:u-1001/events?end={end}")).await), [1, 0]);

    house.clock.advance(Duration::from_secs(14 * 24 * 3600));
    assert_eq!(read(&house, "user_id:u-1001/events").await["data"], json!([]));
}

#[tokio::test]
async fn ids_links_and_metadata() {
    let house = House::open().await;
    let ids = read(&house, "user_id:u-1001/external_ids").await;
    let pairs: Vec<_> = ids["data"].as_array().unwrap().iter().map(|id| (&id["type"], &id["id"])).collect();
    assert_eq!(
        json!(pairs),
        json!([["user_id", "u-1001"], ["anonymous_id", "anon-1001"], ["email", "ada@acme.example"]])
    );
    let one = read(&house, "user_id:u-1001/external_ids?include=email").await;
    assert_eq!(one["data"].as_array().unwrap().len(), 1);

    let links = read(&house, "user_id:u-1001/links").await;
    assert_eq!(links["data"][0]["to_collection"], "accounts");
    assert_eq!(links["data"][0]["external_ids"][0]["id"], "acme");

    let metadata = read(&house, "user_id:u-1001/metadata").await;
    let seen: Vec<_> = ["first_message_id", "last_message_id"].map(|name| &metadata["metadata"][name]).into();
    assert_eq!(json!(seen), json!(["seed-300-0", "seed-76-24"]));
}

#[tokio::test]
async fn an_account_has_traits_too() {
    let house = House::open().await;
    let space = &house.keys().space_id;
    let path = format!("/us/profiles/v1/spaces/{space}/collections/accounts/profiles/group_id:acme/traits");
    let (_, body) = answer(house.request("GET", &path).basic_auth(&house.keys().profiles, Some(""))).await;
    assert_eq!(body["traits"], json!({"name": "Acme", "employees": 120, "plan": "team"}));
}

#[tokio::test]
async fn errors_have_a_code_and_a_message() {
    let house = House::open().await;
    let keys = house.keys();
    let elsewhere = "/us/profiles/v1/spaces/other/collections/users/profiles/user_id:u-1001/traits";
    let here = format!("/us/profiles/v1/spaces/{}", keys.space_id);
    let mine = |path: String| house.request("GET", &path).basic_auth(&keys.profiles, Some(""));
    let mut said = Vec::new();
    for request in [
        house.request("GET", &format!("{here}/collections/users/profiles/user_id:u-1001/traits")),
        mine(elsewhere.to_owned()),
        mine(format!("{here}/collections/cars/profiles/user_id:u-1001/traits")),
        mine(format!("{here}/collections/users/profiles/user_id:u-1001/cars")),
        house.user("user_id:nobody/traits"),
        house.user("nobody/traits"),
        house.user("user_id:u-1001/traits?limit=201"),
        house.user("user_id:u-1001/traits?next=x"),
        house.user("user_id:u-1001/events?start=yesterday"),
        house.user("email:ada@acme.example/traits"),
    ] {
        let response = request.send().await.unwrap();
        assert!(response.headers().contains_key("request-id"));
        let status = response.status().as_u16();
        let body: Value = response.json().await.unwrap();
        assert!(!body["error"]["message"].as_str().unwrap().is_empty());
        said.push((status, body["error"]["code"].clone()));
    }
    insta::assert_json_snapshot!(said, @r#"
    [
      [
        401,
        "authentication_error"
      ],
      [
        401,
        "authentication_error"
      ],
      [
        404,
        "not_found"
      ],
      [
        404,
        "not_found"
      ],
      [
        404,
        "not_found"
      ],
      [
        400,
        "validation_error"
      ],
      [
        400,
        "validation_error"
      ],
      [
        400,
        "validation_error"
      ],
      [
        400,
        "validation_error"
      ],
      [
        500,
        "internal_error"
      ]
    ]
    "#);
}

#[tokio::test]
async fn a_space_has_a_hundred_requests_a_second() {
    let house =
        House::with_limits(SandboxLimits { profiles_per_second: 1, ..SandboxLimits::default() }).await;
    read(&house, "user_id:u-1001/metadata").await;
    let refused = house.user("user_id:u-1001/metadata").send().await.unwrap();
    assert!(!refused.headers().contains_key("retry-after"), "none is documented");
    assert_eq!(refused.status(), 429);
    let body: Value = refused.json().await.unwrap();
    assert_eq!(body["error"]["code"], "rate_limit_error");
    house.clock.advance(Duration::from_secs(1));
    read(&house, "user_id:u-1001/metadata").await;
    assert_eq!(SandboxLimits::default().profiles_per_second, 100);
}
