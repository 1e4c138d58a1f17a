//! What is taken, in which form, and what is said of what is not.

use crate::folder::tool;
use keyferry_core::ErrorCode::{self, *};
use rstest::rstest;
use serde_json::{Value, json};

fn accepted(name: &str, raw: Value) -> Value {
    tool(name).accept(raw).unwrap_or_else(|wrong| panic!("{wrong:?}")).to_value()
}

/// The code, and `pointer: message` of every fault.
fn refused(name: &str, raw: Value) -> (ErrorCode, Vec<String>) {
    let wrong = tool(name).accept(raw).expect_err("it is taken");
    (wrong.code, wrong.faults.iter().map(|fault| format!("{}: {}", fault.pointer, fault.message)).collect())
}

#[test]
fn both_spellings_are_one() {
    let given =
        json!({"events": [{"type": "page", "user_id": "u1", "traits": {"first_name": "A", "user_id": 1}}]});
    let expected =
        json!({"events": [{"type": "page", "userId": "u1", "traits": {"first_name": "A", "user_id": 1}}]});
    assert_eq!(accepted("shop_send_events", given), expected);
}

#[test]
fn an_argument_in_two_spellings_is_refused() {
    let (code, faults) =
        refused("shop_add_labels", json!({"itemId": "a", "item_id": "b", "labels": ["a:b"]}));
    assert_eq!(code, InvalidArguments);
    assert_eq!(faults, ["/itemId: is given twice, also as `item_id`; give it once"]);
}

#[test]
fn defaults_are_filled_in_and_pagination_is_limit_and_cursor() {
    assert_eq!(accepted("shop_list_labels", json!({})), json!({"limit": 50}));
    assert_eq!(accepted("shop_list_labels", Value::Null), json!({"limit": 50}));
    let expected = json!({"limit": 5, "cursor": "c"});
    assert_eq!(accepted("shop_list_labels", json!({"pagination": {"count": 5, "cursor": "c"}})), expected);
    assert_eq!(accepted("shop_list_labels", json!({"page.size": 5, "page.cursor": "c"})), expected);
}

#[test]
fn null_is_absent_where_the_schema_takes_no_null() {
    let given = json!({"itemId": "a", "labels": [{"key": "k", "value": "v"}], "note": null});
    assert_eq!(accepted("shop_add_labels", given.clone()), given);
    let given = json!({"events": [{"type": "page", "userId": "u", "anonymousId": null}]});
    assert_eq!(accepted("shop_send_events", given), json!({"events": [{"type": "page", "userId": "u"}]}));
}

#[test]
fn what_the_gateway_sets_is_taken_out() {
    let given = json!({"shopKey": "s", "events": [{"type": "page", "userId": "u", "shop_key": "s"}]});
    assert_eq!(accepted("shop_send_events", given), json!({"events": [{"type": "page", "userId": "u"}]}));
}

#[test]
fn every_fault_is_told_at_once_with_its_pointer() {
    let given = json!({
        "itemID": "this id is longer than twenty letters", "lables": [], "note": 5,
        "labels": [{"key": ""}, 7],
    });
    let (code, faults) = refused("shop_add_labels", given);
    assert_eq!(code, InvalidArguments);
    let expected = [
        "/lables: is not known here; did you mean `labels`?",
        "/itemId: must have at most 20 characters",
        "/labels/0/value: is required",
        "/labels/0/key: must not be empty",
        "/labels/1: must be an object",
        "/note: must be null or a string",
    ];
    for fault in expected {
        assert!(faults.contains(&fault.to_owned()), "{fault} is missing in {faults:?}");
    }
    assert_eq!(faults.len(), expected.len(), "{faults:?}");
}

#[rstest]
#[case::unknown_in_an_item(json!([{"type": "page", "userId": "u", "evnt": 1}]), InvalidArguments,
    &["/events/0/evnt: is not known here; did you mean `event`?"])]
#[case::no_identity(json!([{"type": "page"}, {"type": "page", "userId": "u"}, {"type": "page"}]), MissingIdentity,
    &["/events/0: Give userId or anonymousId.", "/events/2: Give userId or anonymousId."])]
#[case::no_event(json!([{"type": "track", "userId": "u"}]), InvalidArguments,
    &["/events/0/event: A track needs its event."])]
#[case::placeholder(json!([{"type": "page", "userId": "<id>"}]), PlaceholderArgument,
    &["/events/0/userId: is a placeholder, not a value; look the real one up, or ask for it"])]
#[case::placeholder_first(json!([{"type": "page", "userId": "YOUR_USER_ID"}, {"type": "page"}]), PlaceholderArgument,
    &["/events/0/userId: is a placeholder, not a value; look the real one up, or ask for it",
      "/events/1: Give userId or anonymousId."])]
#[case::too_many(json!([1, 2, 3, 4].map(|_| json!({"type": "page", "userId": "u"}))), PayloadTooLarge,
    &["/events: Three at most."])]
#[case::too_large(json!([{"type": "page", "userId": "u", "traits": {"a": "b".repeat(600)}}]), PayloadTooLarge,
    &["/events/0: is 646 bytes of JSON; 600 are the most that is taken"])]
#[case::wrong_time(json!([{"type": "page", "userId": "u", "timestamp": "yesterday"}]), InvalidArguments,
    &["/events/0/timestamp: must be an RFC 3339 time with a time zone, such as 2026-03-14T10:22:31Z"])]
#[case::wrong_word(json!([{"type": "pagee", "userId": "u"}]), InvalidArguments,
    &["/events/0/type: must be one of \"track\", \"page\""])]
#[case::long_message_id(json!([{"type": "page", "userId": "u", "messageId": "m".repeat(101)}]), InvalidArguments,
    &["/events/0/messageId: must have at most 100 characters"])]
#[case::large_number(json!([{"type": "page", "userId": "u", "count": 9_007_199_254_740_993_u64}]), InvalidArguments,
    &["/events/0/count: is beyond ±2^53, where numbers lose digits; give it as a string if it is an id"])]
#[case::nul_in_free_form(json!([{"type": "page", "userId": "u", "traits": {"a": "b\u{0}"}}]), InvalidArguments,
    &["/events/0/traits/a: holds U+0000, which can't be kept"])]
#[case::handle(json!([{"type": "page", "userId": "u", "traits": {"a": "kfs_5e0c7a91d24fb83660ad19f7c2b8e435"}}]),
    InvalidArguments,
    &["/events/0/traits/a: is a handle (kfs_…), which is not taken here; only arguments that are secret take one"])]
#[case::cut_handle(json!([{"type": "page", "userId": "u", "traits": {"a": "kfs_5e0c7a91d24fb83660ad"}}]),
    InvalidArguments,
    &["/events/0/traits/a: is a handle (kfs_…), which is not taken here; only arguments that are secret take one"])]
fn a_fault_of_an_event(#[case] events: Value, #[case] code: ErrorCode, #[case] faults: &[&str]) {
    assert_eq!(
        refused("shop_send_events", json!({ "events": events })),
        (code, faults.iter().map(|f| (*f).to_owned()).collect())
    );
}

#[test]
fn a_body_that_is_too_large_as_a_whole_is_told_at_the_root() {
    let event = json!({"type": "page", "userId": "u", "traits": {"a": "b".repeat(500)}});
    let events = json!([event, event, event]);
    assert!(tool("shop_send_events").accept(json!({ "events": events })).is_ok());
    let long = json!({"type": "page", "userId": "u".repeat(520)});
    let (code, faults) = refused("shop_send_events", json!({"events": [long, long, long, long]}));
    assert_eq!(code, PayloadTooLarge);
    assert!(faults.iter().any(|fault| fault.starts_with(": is 2")), "{faults:?}");
}

#[test]
fn placeholders_in_free_form_are_the_callers_own() {
    let given = json!({"events": [{"type": "page", "userId": "u", "traits": {"template": "{id}", "firstName": "<id>"}}]});
    assert_eq!(accepted("shop_send_events", given.clone()), given);
}

#[rstest]
#[case("..", "must not be or hold the path parts `.` and `..`")]
#[case("a\\b", "must not hold a backslash")]
#[case("/", "must not be only slashes")]
#[case("a\tb", "must not hold control characters")]
fn a_path_argument_stays_one_part_of_the_path(#[case] id: &str, #[case] problem: &str) {
    let (code, faults) = refused("shop_add_labels", json!({"itemId": id, "labels": ["a:b"]}));
    assert_eq!((code, faults), (InvalidArguments, vec![format!("/itemId: {problem}")]));
}

#[test]
fn deep_nesting_is_refused_before_anything_else() {
    let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
    let (_, faults) = refused("shop_send_events", json!({ "events": deep }));
    assert_eq!(faults, [": is nested deeper than 64 levels"]);
}

#[test]
fn arguments_are_an_object() {
    assert_eq!(refused("shop_list_labels", json!([1])).1, [": must be an object of arguments by name"]);
}

#[test]
fn no_message_holds_a_value() {
    let secret = "Zq7secretvalue";
    let given = json!({"itemId": secret.repeat(3), "labels": [secret, 5], "note": secret, "other": secret});
    let wrong = tool("shop_add_labels").accept(given).unwrap_err();
    assert!(wrong.faults.len() >= 3);
    assert!(!format!("{wrong:?}").contains(secret), "{wrong:?}");
}

#[test]
fn labels_are_written_out_or_left_to_be_resolved() {
    let given = json!({"itemId": "a", "labels": ["env:prod:eu", "web", {"key": "k", "value": "v"}]});
    let arguments = tool("shop_add_labels").accept(given).unwrap();
    let labels = json!([{"key": "env", "value": "prod:eu"}, "web", {"key": "k", "value": "v"}]);
    assert_eq!(arguments.get("labels"), Some(&labels));
    let open: Vec<(&str, &str)> = arguments
        .unresolved()
        .iter()
        .map(|open| (open.pointer.as_str(), open.shorthand.tool.as_str()))
        .collect();
    assert_eq!(open, [("/labels/1", "shop_list_labels")]);
}

fn resolved(text: &str) -> Result<Value, String> {
    let list = [("env", "prod"), ("env", "test"), ("platform", "web"), ("team", "web"), ("prod", "x")]
        .map(|(key, value)| json!({"key": key, "value": value, "description": "d"}));
    let given = json!({"itemId": "a", "labels": [text]});
    let arguments = tool("shop_add_labels").accept(given).expect("a bare label is taken");
    let resolved = arguments.resolve("shop_list_labels", &list);
    resolved.map(|all| all.to_value()["labels"][0].clone()).map_err(|wrong| wrong.faults[0].message.clone())
}

#[test]
fn a_bare_label_is_the_one_with_that_value_else_with_that_key() {
    assert_eq!(resolved("prod"), Ok(json!({"key": "env", "value": "prod"})));
    assert_eq!(resolved("team"), Ok(json!({"key": "team", "value": "web"})));
    assert_eq!(resolved("web"), Err("fits several: `platform:web`, `team:web`. Give one of them".into()));
    let none = "fits none that exists; `env:prod`, `env:test`, `platform:web`, `team:web`, `prod:x`";
    assert_eq!(resolved("mobile"), Err(none.into()));
}

#[test]
fn what_an_agent_is_shown_says_what_is_taken() {
    let schema = tool("shop_add_labels").input_schema.clone();
    assert_eq!(schema["additionalProperties"], json!(false));
    let label = &schema["properties"]["labels"]["items"]["anyOf"];
    assert_eq!(label[0]["required"], json!(["key", "value"]));
    assert_eq!(label[1]["type"], json!("string"));
    assert!(!schema.to_string().contains("x-keyferry"));
    let events = tool("shop_send_events").input_schema.clone();
    let item = &events["properties"]["events"]["items"]["properties"];
    assert!(item.get("messageId").is_some() && item.get("sentAt").is_none());
    assert_eq!(tool("shop_list_labels").input_schema["properties"]["limit"]["default"], json!(50));
}

#[test]
fn object_and_subjects_are_read_from_the_arguments() {
    let labels = tool("shop_add_labels");
    let arguments = labels.accept(json!({"itemId": "a1", "labels": ["a:b"]})).unwrap();
    assert_eq!(labels.object_of(&arguments), Some("a1".into()));
    let events = tool("shop_send_events");
    let given = json!({"events": [{"type": "page", "userId": "u1"}, {"type": "page", "userId": "u1"}, {"type": "page", "userId": "u2"}]});
    let arguments = events.accept(given).unwrap();
    assert_eq!(events.subjects_in(&arguments), ["u1", "u2"]);
}

#[test]
fn a_flood_of_faults_is_told_in_part_and_the_code_speaks_for_all() {
    let unknown: serde_json::Map<String, Value> =
        (0..50_000).map(|number| (format!("no_such_argument_{number:05}"), json!(1))).collect();
    let (code, faults) = refused("shop_add_labels", Value::Object(unknown));
    assert_eq!(code, InvalidArguments);
    assert_eq!(faults.len(), 201);
    assert!(faults[200].starts_with(": has 49") && faults[200].ends_with("more faults; mend these first"));

    let mut events = vec![json!({"type": "page"}); 5_000];
    events.push(json!({"type": "page", "userId": "<id>"}));
    let (code, _) = refused("shop_send_events", json!({ "events": events }));
    assert_eq!(code, PlaceholderArgument);
}

/// A path of names is told for each value; were it any length, a small call could ask for much memory.
#[test]
fn names_that_are_long_together_are_refused_before_anything_walks_them() {
    let mut deep = json!(vec![1; 100_000]);
    for _ in 0..50 {
        deep = json!({ "n".repeat(1_000): deep });
    }
    let given = json!({"events": [{"type": "page", "userId": "u", "traits": deep}]});
    let (code, faults) = refused("shop_send_events", given);
    assert_eq!(code, InvalidArguments);
    assert_eq!(faults, [": has a value below names of more than 2048 bytes together"]);
}

#[test]
fn many_short_forms_are_accepted_as_fast_as_one() {
    let labels = vec!["prod"; 50_000];
    let taken = tool("shop_add_labels").accept(json!({"itemId": "a", "labels": labels}));
    assert_eq!(taken.unwrap().unresolved().len(), 50_000);
}
