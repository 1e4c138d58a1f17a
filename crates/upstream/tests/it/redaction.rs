//! Nothing that comes back brings a secret with it.

use crate::server::Reply;
use crate::world::{CONTROL_KEY, World};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use keyferry_core::{Clock, ExposeSecret, SecretString};
use keyferry_upstream::handle::is_handle;
use keyferry_upstream::{Made, Revealed, Sought};
use proptest::prelude::*;
use serde_json::{Value, json};

const FIRST: &str = "wk_first_Aa1Bb2Cc3Dd4";
const SECOND: &str = "wk_second_Ee5Ff6Gg7Hh";

fn source(id: &str) -> Value {
    json!({
        "id": id,
        "name": "Web",
        "writeKeys": [FIRST, SECOND],
        "settings": {"region": "us-east", "apiKey": "third-party", "nested": {"deep": ["x", 3, true]}},
    })
}

#[tokio::test]
async fn secret_fields_become_handles_and_public_ones_stay() {
    let world = World::new().await;
    world.server.answer([Reply::json(200, json!({"data": {"source": source("s1")}}))]);
    let answer = world.call("acme_get_source", json!({"sourceId": "s1"})).await.unwrap();
    let shown = &answer.body["data"]["source"];
    assert_eq!((&shown["id"], &shown["name"]), (&json!("s1"), &json!("Web")));
    assert_eq!(shown["settings"]["region"], "us-east");
    assert_eq!(shown["settings"]["nested"]["deep"][1], 3);
    for pointer in ["/writeKeys/0", "/writeKeys/1", "/settings/apiKey", "/settings/nested/deep/0"] {
        assert!(shown.pointer(pointer).and_then(Value::as_str).is_some_and(is_handle), "{pointer}: {shown}");
    }
    assert_ne!(shown["writeKeys"][0], shown["writeKeys"][1]);
    for secret in [FIRST, SECOND, "third-party"] {
        assert!(!answer.body.to_string().contains(secret));
    }
}

#[tokio::test]
async fn a_list_and_a_read_give_the_same_handle_and_another_resource_another() {
    let world = World::new().await;
    let list = json!({"data": {"sources": [source("s0"), source("s1")], "pagination": {"next": null}}});
    world
        .server
        .answer([Reply::json(200, list), Reply::json(200, json!({"data": {"source": source("s1")}}))]);
    let list = world.call("acme_list_sources", json!({})).await.unwrap().body;
    let read = world.call("acme_get_source", json!({"sourceId": "s1"})).await.unwrap().body;
    assert_eq!(list["data"]["sources"][1]["writeKeys"], read["data"]["source"]["writeKeys"]);
    assert_ne!(list["data"]["sources"][0]["writeKeys"], read["data"]["source"]["writeKeys"]);
}

#[tokio::test]
async fn a_handle_is_turned_back_only_where_its_tool_takes_it() {
    let world = World::new().await;
    let reply = Reply::json(200, json!({"data": {"source": source("s1")}}));
    world.server.answer([reply.clone(), reply.clone(), reply.clone(), reply]);
    let read = world.prepare("acme_get_source", json!({"sourceId": "s1"}));
    let made = Made::fresh(world.clock.now());
    let shown = world.upstream.send(&read.exchange(&world, &made, &[])).await.unwrap().body;
    let handle = |pointer: &str| shown.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();

    let reveal = async |given: String, source: &str| {
        let removal = world.prepare("acme_remove_write_key", json!({"sourceId": source, "writeKey": given}));
        let lookup = removal.tool.secret_inputs_in(&removal.arguments)[0].1.expect("a look-up");
        let sought = Sought { handle: &given, lookup, arguments: &removal.arguments };
        let found = world.upstream.reveal(&read.exchange(&world, &made, &[]), &sought).await.unwrap();
        found.map(|secret| secret.expose_secret().to_owned())
    };
    let key = handle("/data/source/writeKeys/1");
    assert_eq!(reveal(key.clone(), "s1").await.as_deref(), Some(SECOND));
    assert_eq!(reveal(key, "s2").await, None);
    assert_eq!(reveal(handle("/data/source/settings/apiKey"), "s1").await, None);
}

#[tokio::test]
async fn a_revealed_value_goes_up_and_does_not_come_back() {
    let world = World::new().await;
    let echo = json!({"errors": [{"type": "not-found", "message": format!("no key {SECOND} at /writekey/{SECOND}")}]});
    world.server.answer([Reply::json(404, echo)]);
    let handle = format!("kfs_{}", "0".repeat(32));
    let removal = world.prepare("acme_remove_write_key", json!({"sourceId": "s1", "writeKey": handle}));
    let revealed = [Revealed { pointer: "/writeKey".into(), value: SecretString::from(SECOND) }];
    let made = Made::fresh(world.clock.now());
    let exchange = removal.exchange(&world, &made, &revealed);

    let preview = world.upstream.render(&exchange).unwrap().masked();
    assert_eq!(preview["url"], world.server.url("/base/sources/s1/writekey/***").as_str());
    let refused = world.upstream.send(&exchange).await.unwrap_err();
    assert_eq!(world.server.requests()[0].target, format!("/base/sources/s1/writekey/{SECOND}"));
    assert_eq!(refused.failure.details, ["not-found: no key *** at /writekey/***"]);
    assert!(!format!("{refused:?}").contains(SECOND));
}

#[tokio::test]
async fn dropped_fields_go_and_the_request_id_stays() {
    let world = World::new().await;
    let page =
        json!({"traits": {"a": 1}, "cursor": {"url": "https://people.acme.example/v1/next", "next": "n"}});
    world.server.answer([Reply::json(200, page)
        .with("request-id", format!("req-7-{CONTROL_KEY}"))
        .with("set-cookie", "session=1")]);
    let answer = world.call("acme_get_traits", json!({"idType": "email", "idValue": "a"})).await.unwrap();
    assert_eq!(answer.body, json!({"traits": {"a": 1}, "cursor": {"next": "n"}}));
    assert_eq!(
        answer.request_id.as_deref(),
        Some(format!("req-7-{CONTROL_KEY}").as_str()),
        "another slot's key is no secret of this exchange"
    );
}

#[tokio::test]
async fn the_injected_key_is_masked_in_the_request_id_and_however_json_escapes_it() {
    let world = World::new().await;
    let escaped: String = CONTROL_KEY.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect();
    let body = format!("{{\"data\":{{\"token\":\"{escaped}\",\"n\":1}}}}");
    world.server.answer([Reply::Status(200, vec![("x-request-id", format!("r {CONTROL_KEY}"))], body)]);
    let answer = world.call("acme_get_workspace", json!({})).await.unwrap();
    assert_eq!(answer.body, json!({"data": {"token": "***", "n": 1}}));
    assert_eq!(answer.request_id.as_deref(), Some("r ***"));
}

#[test]
fn however_an_answer_echoes_the_key_it_does_not_come_back() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let world = runtime.block_on(World::new());
    let spelled = prop_oneof![
        Just(CONTROL_KEY.to_owned()),
        Just(format!("Bearer {CONTROL_KEY}")),
        Just(hex::encode(CONTROL_KEY)),
        "[a-z]{0,3}".prop_map(|before| STANDARD.encode(format!("{before}{CONTROL_KEY}"))),
        Just(CONTROL_KEY.replace('_', "%5F")),
    ];
    let answer = (spelled, "[ -~]{0,10}", "[a-z]{1,5}");
    proptest!(ProptestConfig::with_cases(64), |((spelled, noise, name) in answer)| {
        let text = format!("{noise}{spelled}{noise}");
        let body = json!({"data": {name.as_str(): [text.clone(), {text.as_str(): 1}]}});
        world.server.answer([Reply::json(200, body)]);
        let shown = runtime.block_on(world.call("acme_get_workspace", json!({}))).unwrap().body.to_string();
        prop_assert!(!shown.contains(spelled.trim_end_matches('=')), "{}", shown);
        prop_assert!(!shown.contains(CONTROL_KEY), "{}", shown);
        world.clock.advance(std::time::Duration::from_secs(60));
    });
}

/// Each text stands below two megabytes of names. Told by their whole places, they would not fit into any memory.
#[tokio::test]
async fn a_secret_below_long_names_is_masked_for_it_can_have_no_handle() {
    let mut deep = json!([FIRST, SECOND]);
    for _ in 0..40 {
        deep = json!({ "n".repeat(50_000): deep });
    }
    let world = World::new().await;
    let answer =
        json!({"data": {"source": {"id": "s1", "settings": {"deep": deep, "apiKey": "third-party"}}}});
    world.server.answer([Reply::json(200, answer)]);
    let shown = world.call("acme_get_source", json!({"sourceId": "s1"})).await.unwrap().body;
    let settings = &shown["data"]["source"]["settings"];
    assert!(is_handle(settings["apiKey"].as_str().unwrap()));
    let mut inner = &settings["deep"];
    while let Some(below) = inner.as_object() {
        inner = below.values().next().unwrap();
    }
    assert_eq!(*inner, json!(["***", "***"]));
}

/// Everything is looked at once; were a field compared with all others, or the answer copied for each spelling of the key,
/// this would take minutes.
#[tokio::test]
async fn an_answer_of_four_megabytes_with_a_hundred_thousand_fields_is_redacted() {
    let world = World::new().await;
    let settings: serde_json::Map<String, Value> =
        (0..100_000).map(|number| (format!("setting_{number:06}"), json!("\"a value of eight\""))).collect();
    let echo = format!("Bearer {CONTROL_KEY}");
    let answer = json!({"data": {"source": {"id": "s1", "name": echo, "settings": settings}}});
    world.server.answer([Reply::json(200, answer)]);
    let answer = world.call("acme_get_source", json!({"sourceId": "s1"})).await.unwrap();
    assert!(answer.bytes > 3_900_000, "{}", answer.bytes);
    let shown = &answer.body["data"]["source"];
    assert_eq!(shown["name"], "Bearer ***");
    assert!(shown["settings"].as_object().unwrap().values().all(|text| text.as_str().is_some_and(is_handle)));
}
