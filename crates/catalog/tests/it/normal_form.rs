//! Whatever is given, `accept` comes to an end; and what it gives is its own normal form.

use crate::folder::{shop, tool};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Any JSON, with a fondness for the names that the tools know.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        "[a-z]{1,4}:[a-z]{0,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 48, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(name(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn name() -> impl Strategy<Value = String> {
    let known = [
        "itemId",
        "item_id",
        "labels",
        "note",
        "events",
        "type",
        "user_id",
        "userId",
        "anonymousId",
        "traits",
        "limit",
        "cursor",
        "pagination",
        "count",
        "page.size",
        "key",
        "value",
        "shopKey",
        "messageId",
    ];
    prop_oneof![4 => prop::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => ".{0,6}"]
}

/// An event that is mostly right, in either spelling.
fn event() -> impl Strategy<Value = Value> {
    let id = prop_oneof![Just("userId"), Just("user_id"), Just("anonymousId"), Just("anonymous_id")];
    (id, "[a-z0-9]{1,8}", any_json()).prop_map(|(id, value, traits)| {
        let traits = if traits.is_object() { traits } else { json!({}) };
        json!({"type": "page", id: value, "traits": traits})
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn any_json_is_taken_or_refused_and_never_more(given in any_json()) {
        let shop = shop_once();
        for tool in shop.tools(None) {
            match tool.accept(given.clone()) {
                Ok(arguments) => {
                    let again = tool.accept(arguments.to_value());
                    prop_assert_eq!(again.as_ref().ok(), Some(&arguments));
                }
                Err(wrong) => prop_assert!(!wrong.faults.is_empty()),
            }
        }
    }

    #[test]
    fn what_was_taken_is_taken_again_as_it_is(events in prop::collection::vec(event(), 1..4)) {
        let send = tool_once();
        if let Ok(arguments) = send.accept(json!({ "events": events })) {
            let again = send.accept(arguments.to_value());
            prop_assert_eq!(again.ok(), Some(arguments));
        }
    }

    /// The digest is over canonical JSON, the body over the arguments: numbers that are one there are one here.
    #[test]
    fn numbers_that_are_alike_are_sent_alike(given in any_json()) {
        let track = |given: &Value| json!({"events": [{"type": "page", "userId": "u", "traits": {"n": given}}]});
        let send = tool_once();
        if let Ok(arguments) = send.accept(track(&given)) {
            let taken = arguments.to_value();
            let read_back: Value = serde_json::from_str(&canonical(&taken)).unwrap();
            prop_assert_eq!(read_back.to_string(), taken.to_string());
        }
    }

    #[test]
    fn a_whole_number_has_one_spelling(whole in -(1_i64 << 53)..=(1_i64 << 53)) {
        let count = |number: Value| json!({"events": [{"type": "page", "userId": "u", "count": number}]});
        let send = tool_once();
        let taken = |number: Value| send.accept(count(number)).unwrap().to_value().to_string();
        #[expect(clippy::cast_precision_loss, reason = "within ±2^53 nothing is lost")]
        let float = whole as f64;
        prop_assert_eq!(taken(json!(float)), taken(json!(whole)));
    }

    #[test]
    fn a_label_in_any_form_is_written_out_or_told(
        labels in prop::collection::vec("\\PC{0,12}|[a-c]:[a-c]|[a-c]", 1..6),
        known in prop::collection::vec(("[a-c]", "[a-c]"), 0..4),
    ) {
        let Ok(accepted) = labels_once().accept(json!({"itemId": "i", "labels": labels})) else { return Ok(()) };
        let items: Vec<Value> =
            known.iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
        match accepted.resolve("shop_list_labels", &items) {
            Ok(resolved) => {
                prop_assert!(resolved.unresolved().is_empty());
                let again = labels_once().accept(resolved.to_value());
                prop_assert_eq!(again.ok(), Some(resolved));
            }
            Err(wrong) => prop_assert!(!wrong.faults.is_empty() && wrong.faults.len() <= labels.len()),
        }
    }

    #[test]
    fn any_request_finds_tools_or_none(query in "\\PC{0,60}|(who|delete|label|event| |_|:){0,12}", limit in 0usize..5) {
        let hits = shop_once().search(&query, None, limit);
        prop_assert!(hits.len() <= limit);
        prop_assert!(hits.windows(2).all(|pair| pair[0].score >= pair[1].score));
        prop_assert_eq!(shop_once().nearest(&query, 2).len(), 2);
    }

    #[test]
    fn spelling_makes_no_difference(id in "[a-z0-9]{1,8}", label in "[a-z]{1,5}") {
        let labels = labels_once();
        let one = labels.accept(json!({"itemId": id, "labels": [label]}));
        let other = labels.accept(json!({"item_id": id, "Labels": [label]}));
        prop_assert_eq!(one, other);
    }
}

#[test]
fn numbers_have_one_spelling_at_any_depth_and_where_a_value_is_put_in_later() {
    let given =
        json!({"events": [{"type": "page", "userId": "u", "count": -0.0, "traits": {"a": [1.0, -2.50]}}]});
    let taken = tool_once().accept(given).unwrap();
    let events = json!([{"type": "page", "userId": "u", "count": 0, "traits": {"a": [1, -2.5]}}]);
    assert_eq!(taken.get("events").unwrap().to_string(), events.to_string());
    assert_eq!(taken.with("/events/0/count", json!(3.0)).at("/events/0/count"), Some(&json!(3)));
}

/// RFC 8785, as the digest is made over.
fn canonical(value: &Value) -> String {
    serde_json_canonicalizer::to_string(value).expect("any value can be written")
}

fn shop_once() -> &'static keyferry_catalog::Catalog {
    static SHOP: std::sync::OnceLock<keyferry_catalog::Catalog> = std::sync::OnceLock::new();
    SHOP.get_or_init(shop)
}

fn tool_once() -> &'static keyferry_catalog::Tool {
    static TOOL: std::sync::OnceLock<std::sync::Arc<keyferry_catalog::Tool>> = std::sync::OnceLock::new();
    TOOL.get_or_init(|| tool("shop_send_events"))
}

fn labels_once() -> &'static keyferry_catalog::Tool {
    static TOOL: std::sync::OnceLock<std::sync::Arc<keyferry_catalog::Tool>> = std::sync::OnceLock::new();
    TOOL.get_or_init(|| tool("shop_add_labels"))
}
