//! A key is tried as it is saved.

use crate::server::Reply;
use crate::world::{CONTROL_KEY, PEOPLE_KEY, WRITE_KEY, World};
use keyferry_core::{ErrorCode, Failure, Region, SecretString};
use keyferry_upstream::{
    Elsewhere, OtherRegion, SlotKey, SlotProbe, SlotVerdict, TESTS_PER_MINUTE, judge_refusal,
};
use rstest::rstest;
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn key(secret: &str, fields: &[(&str, &str)]) -> SlotKey {
    let fields = fields.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    SlotKey { secret: SecretString::from(secret), fields }
}

fn keys<const N: usize>(filled: [(&str, SlotKey); N]) -> BTreeMap<String, SlotKey> {
    filled.into_iter().map(|(slot, key)| (slot.to_owned(), key)).collect()
}

async fn test(world: &World, slot: &str, keys: &BTreeMap<String, SlotKey>) -> SlotVerdict {
    test_by(world, slot, keys, "usr_1").await.expect("there are tests left")
}

async fn test_by(
    world: &World,
    slot: &str,
    keys: &BTreeMap<String, SlotKey>,
    tester: &str,
) -> Result<SlotVerdict, Failure> {
    let servers = world.servers();
    let deadline = world.deadline();
    let probe = SlotProbe { integration: "acme", slot, servers: &servers, keys, deadline, tester };
    world.upstream.test_slot(&probe).await
}

fn page(write_keys: &[&str], next: Value) -> Reply {
    let source = json!({"id": "s1", "writeKeys": write_keys});
    Reply::json(200, json!({"data": {"sources": [source], "pagination": {"next": next}}}))
}

#[tokio::test]
async fn a_key_that_reads_is_verified_with_that_key() {
    let world = World::new().await;
    assert_eq!(
        test(&world, "control", &keys([("control", key("another", &[]))])).await,
        SlotVerdict::Verified
    );
    assert_eq!(world.server.requests()[0].header("authorization"), Some("Bearer another"));
}

#[rstest]
#[case(401)]
#[case(403)]
#[tokio::test]
async fn a_refused_key_is_refused_by_name_and_reason(#[case] status: u16) {
    let world = World::new().await;
    let error = json!({"errors": [{"type": "unauthorized", "message": format!("bad token {CONTROL_KEY}")}]});
    world.server.answer([Reply::json(status, error)]);
    let verdict = test(&world, "control", &keys([("control", key(CONTROL_KEY, &[]))])).await;
    let why = format!("it answered {status}: unauthorized: bad token ***");
    assert_eq!(verdict, SlotVerdict::Refused { api: "control".into(), why });
}

#[rstest]
#[case::broken(Reply::json(500, json!({})))]
#[case::redirected(Reply::json(302, json!({})))]
#[case::strange(Reply::json(404, json!({})))]
#[tokio::test]
async fn an_upstream_that_gives_no_clear_answer_says_nothing_about_the_key(#[case] reply: Reply) {
    let world = World::new().await;
    world.server.answer([reply.clone(), reply.clone(), reply]);
    let verdict = test(&world, "control", &keys([("control", key(CONTROL_KEY, &[]))])).await;
    assert!(matches!(verdict, SlotVerdict::Unreachable { .. }), "{verdict:?}");
}

#[tokio::test]
async fn a_status_that_the_integration_accepts_verifies() {
    let world = World::new().await;
    world.server.answer([Reply::json(404, json!({"error": {"code": "not_found"}}))]);
    let keys = keys([("people", key(PEOPLE_KEY, &[("space_id", "spa_9")]))]);
    assert_eq!(test(&world, "people", &keys).await, SlotVerdict::Verified);
    assert!(world.server.requests()[0].target.starts_with("/v1/spaces/spa_9/profiles/"));
}

#[tokio::test]
async fn a_write_key_is_verified_among_the_accounts_own_on_any_page() {
    let world = World::new().await;
    world.server.answer([page(&["wk_other"], json!("Mg==")), page(&["wk_third", WRITE_KEY], json!(null))]);
    let keys = keys([("control", key(CONTROL_KEY, &[])), ("events", key(WRITE_KEY, &[]))]);
    assert_eq!(test(&world, "events", &keys).await, SlotVerdict::Verified);
    let requests = world.server.requests();
    assert_eq!(requests.len(), 2);
    assert!(requests[1].target.contains("pagination.cursor=Mg%3D%3D"), "{}", requests[1].target);
    assert!(requests.iter().all(|request| !request.whole().contains(WRITE_KEY)));
}

#[rstest]
#[case::not_listed(vec![page(&["wk_other"], json!(null))], true)]
#[case::cursor_that_does_not_move(vec![page(&["a"], json!("x")), page(&["b"], json!("x"))], true)]
#[case::reader_refused(vec![Reply::json(401, json!({}))], true)]
#[case::no_reader(vec![], false)]
#[tokio::test]
async fn a_write_key_that_is_not_found_there_cannot_be_checked(
    #[case] replies: Vec<Reply>,
    #[case] reader: bool,
) {
    let world = World::new().await;
    world.server.answer(replies);
    let mut keys = keys([("control", key(CONTROL_KEY, &[])), ("events", key(WRITE_KEY, &[]))]);
    if !reader {
        keys.remove("control");
    }
    let verdict = test(&world, "events", &keys).await;
    let SlotVerdict::Unverifiable { why } = verdict else { panic!("{verdict:?}") };
    assert!(why.contains("can't be checked") && !why.contains(WRITE_KEY), "{why}");
}

#[rstest]
#[case::refused(401, SlotVerdict::Refused { api: "control".into(), why: String::new() }, true)]
#[case::refused_403(403, SlotVerdict::Refused { api: "control".into(), why: String::new() }, true)]
#[case::works(401, SlotVerdict::Verified, false)]
#[case::untestable(401, SlotVerdict::Unverifiable { why: String::new() }, true)]
#[case::untestable_403(403, SlotVerdict::Unverifiable { why: String::new() }, false)]
#[case::away(401, SlotVerdict::Unreachable { why: String::new() }, false)]
#[tokio::test]
async fn a_refusal_is_judged_by_the_slots_own_test(
    #[case] status: u16,
    #[case] verdict: SlotVerdict,
    #[case] dead: bool,
) {
    let world = World::new().await;
    world.server.answer([Reply::json(status, json!({}))]);
    let refused = world.call("acme_get_workspace", json!({})).await.unwrap_err();
    let judged = judge_refusal(&refused, &verdict, "Acme").map(|failure| failure.code);
    assert_eq!(judged, dead.then_some(ErrorCode::NeedsReauth));
}

#[tokio::test]
async fn a_tester_tries_so_many_keys_a_minute_and_others_are_not_held_back() {
    let world = World::new().await;
    let keys = keys([("control", key("guess", &[]))]);
    for _ in 0..TESTS_PER_MINUTE {
        test_by(&world, "control", &keys, "usr_1").await.unwrap();
    }
    let sent = world.server.requests().len();
    let refused = test_by(&world, "control", &keys, "usr_1").await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::RateLimited);
    assert!(refused.retry_after.is_some());
    assert_eq!(world.server.requests().len(), sent, "nothing was sent");
    test_by(&world, "control", &keys, "usr_2").await.unwrap();
    world.clock.advance(std::time::Duration::from_secs(65));
    test_by(&world, "control", &keys, "usr_1").await.unwrap();
}

fn other(world: &World, region: &str) -> OtherRegion {
    OtherRegion { region: Region::new(region), servers: world.servers() }
}

/// What becomes of a key that was refused in `us`, when `eu` and `ap` answer so.
async fn elsewhere(replies: impl IntoIterator<Item = Reply>) -> Elsewhere {
    let world = World::new().await;
    world.server.answer(replies);
    let (servers, keys) = (world.servers(), keys([("control", key(CONTROL_KEY, &[]))]));
    let deadline = world.deadline();
    let probe = SlotProbe {
        integration: "acme",
        slot: "control",
        servers: &servers,
        keys: &keys,
        deadline,
        tester: "usr_1",
    };
    let others = [other(&world, "eu"), other(&world, "ap")];
    world.upstream.look_elsewhere(&probe, &others).await.expect("there are tests left")
}

#[rstest]
#[case::it_works_there(
    vec![Reply::json(200, json!({}))],
    "It is refused in us and works in eu: choose eu for this account.",
)]
#[case::it_works_in_the_last(
    vec![Reply::json(401, json!({})), Reply::json(200, json!({}))],
    "It is refused in us and works in ap: choose ap for this account.",
)]
#[case::one_says_nothing(
    vec![Reply::json(404, json!({})), Reply::json(401, json!({}))],
    "It is refused in us; eu gave no clear answer.",
)]
#[case::nobody_knows_it(
    vec![Reply::json(401, json!({})), Reply::json(401, json!({}))],
    "It is refused in every region, so the key itself is wrong.",
)]
#[tokio::test]
async fn a_key_of_another_region_is_found_there(#[case] replies: Vec<Reply>, #[case] told: &str) {
    assert_eq!(elsewhere(replies).await.sentence(&Region::new("us")), told);
}
