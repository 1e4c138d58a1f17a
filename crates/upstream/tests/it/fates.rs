//! How far a request got, and whether it is sent again.

use crate::server::Reply;
use crate::world::World;
use keyferry_core::{Clock, ErrorCode, Failure, Timestamp};
use keyferry_upstream::{Exchange, Fate, Made, RetryPolicy, Settings, StillAllowed, Unanswered};
use rstest::rstest;
use serde_json::{Value, json};
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

fn rename() -> Value {
    json!({"sourceId": "s1", "name": "New"})
}

fn event() -> Value {
    json!({"userId": "u1", "event": "A"})
}

fn told(unanswered: &Unanswered) -> (ErrorCode, Fate, Option<u16>, u32) {
    (unanswered.failure.code, unanswered.fate, unanswered.status, unanswered.attempts)
}

/// A write that is not idempotent is sent once, whatever happens to it.
#[rstest]
#[case::broken(Reply::json(500, json!({})), Some(500))]
#[case::unavailable(Reply::json(503, json!({})).with("retry-after", "0"), Some(503))]
#[case::cut(Reply::Cut, None)]
#[case::cut_within_the_answer(Reply::CutBody(200), Some(200))]
#[case::redirected(Reply::json(302, json!({})).with("location", "/base/sources/s2"), Some(302))]
#[case::compressed(Reply::json(200, json!({})).with("content-encoding", "gzip"), Some(200))]
#[case::not_json(Reply::Status(200, vec![], "<html>".into()), Some(200))]
#[tokio::test]
async fn a_write_without_a_clear_answer_is_unknown(#[case] reply: Reply, #[case] status: Option<u16>) {
    let world = World::new().await;
    world.server.answer([reply]);
    let unanswered = world.call("acme_update_source", rename()).await.unwrap_err();
    assert_eq!(told(&unanswered), (ErrorCode::OutcomeUnknown, Fate::Unknown, status, 1));
    assert!(!unanswered.did_nothing());
    assert_eq!(unanswered.failure.hint.as_deref(), Some("Read the source with `acme_get_source`."));
    assert_eq!(world.server.requests().len(), 1);
}

#[tokio::test]
async fn a_write_that_is_not_answered_in_time_is_unknown() {
    let world = World::new().await;
    world.server.answer([Reply::Silence]);
    let unanswered = world.call("acme_wait_writing", json!({})).await.unwrap_err();
    assert_eq!(told(&unanswered), (ErrorCode::OutcomeUnknown, Fate::Unknown, None, 1));
}

#[tokio::test]
async fn a_read_that_is_not_answered_in_time_may_be_repeated() {
    let world = World::new().await;
    world.server.answer([Reply::Silence, Reply::Silence, Reply::Silence]);
    let unanswered = world.call("acme_wait_reading", json!({})).await.unwrap_err();
    assert_eq!(told(&unanswered), (ErrorCode::UpstreamTimeout, Fate::Unknown, None, 3));
}

#[rstest]
#[case::broken(Reply::json(500, json!({})))]
#[case::cut(Reply::Cut)]
#[case::busy(Reply::json(429, json!({})).with("retry-after", "0"))]
#[case::timed_out_there(Reply::json(408, json!({})))]
#[tokio::test]
async fn a_read_is_sent_again(#[case] reply: Reply) {
    let world = World::new().await;
    world.server.answer([reply, Reply::json(200, json!({"data": {"id": "w"}}))]);
    let answer = world.call("acme_get_workspace", json!({})).await.unwrap();
    assert_eq!((answer.attempts, answer.body), (2, json!({"data": {"id": "w"}})));
}

#[tokio::test]
async fn an_event_is_sent_again_under_the_same_id() {
    let world = World::new().await;
    world.server.answer([Reply::json(503, json!({})), Reply::Cut]);
    let answer = world.call("acme_track", event()).await.unwrap();
    assert_eq!(answer.attempts, 3);
    let bodies: Vec<Value> = world.server.requests().iter().map(|request| request.json()).collect();
    assert!(bodies[0]["messageId"].is_string());
    assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:?}");
}

#[tokio::test]
async fn a_read_gives_up_after_its_attempts_and_says_that_it_may_be_repeated() {
    let world = World::new().await;
    world.server.answer([Reply::Cut, Reply::Cut, Reply::json(502, json!({}))]);
    let unanswered = world.call("acme_get_workspace", json!({})).await.unwrap_err();
    assert_eq!(told(&unanswered), (ErrorCode::UpstreamUnavailable, Fate::Unknown, Some(502), 3));
}

#[rstest]
#[case::redirected(Reply::json(301, json!({})).with("location", "/base/"), 301)]
#[case::not_made(Reply::json(501, json!({})), 501)]
#[tokio::test]
async fn what_will_never_work_is_not_sent_again(#[case] reply: Reply, #[case] status: u16) {
    let world = World::new().await;
    world.server.answer([reply]);
    let unanswered = world.call("acme_get_workspace", json!({})).await.unwrap_err();
    assert_eq!(told(&unanswered), (ErrorCode::UpstreamUnavailable, Fate::Unknown, Some(status), 1));
    assert_eq!(world.server.requests().len(), 1);
}

#[tokio::test]
async fn what_reached_nobody_was_not_sent_and_a_write_tries_again() {
    let world = World::new().await;
    let closed = crate::server::closed_port().await;
    let mut prepared = world.prepare("acme_update_source", rename());
    prepared.server.set_port(Some(closed)).unwrap();
    // The egress filter knows the test server's port only.
    let made = Made::fresh(Timestamp(0));
    let unanswered = world.upstream.send(&prepared.exchange(&world, &made, &[])).await.unwrap_err();
    assert_eq!(told(&unanswered), (ErrorCode::UpstreamUnavailable, Fate::NotSent, None, 1));
    assert!(unanswered.failure.hint.as_deref().is_some_and(|hint| hint.contains("egress.allow")));

    let world = World::new().await;
    world.server.stop().await;
    let unanswered = world.call("acme_update_source", rename()).await.unwrap_err();
    assert_eq!(told(&unanswered), (ErrorCode::UpstreamUnavailable, Fate::NotSent, None, 3));
    assert!(unanswered.did_nothing());
}

#[tokio::test]
async fn once_something_may_have_left_a_later_refusal_does_not_undo_it() {
    let world = World::new().await;
    world.server.answer([Reply::Cut]);
    world.server.stop_after_next();
    let unanswered = world.call("acme_track", event()).await.unwrap_err();
    assert_eq!(told(&unanswered), (ErrorCode::UpstreamUnavailable, Fate::Unknown, None, 3));
    assert_lost(&unanswered);
}

/// What is told is the attempt that may have arrived.
fn assert_lost(unanswered: &Unanswered) {
    assert!(!unanswered.did_nothing());
    assert!(unanswered.failure.message.ends_with("broke before it had answered."), "{unanswered:?}");
    assert_eq!(unanswered.failure.hint.as_deref(), Some("It is safe to send the same call again."));
}

fn busy(seconds: &str) -> Reply {
    Reply::json(429, json!({})).with("retry-after", seconds)
}

#[rstest]
#[case::the_wait_is_beyond_the_deadline(vec![Reply::Cut, busy("90")], 2)]
#[case::the_attempts_are_used_up(vec![Reply::Cut, busy("0"), busy("90")], 3)]
#[case::it_gave_up_reading(vec![Reply::Cut, Reply::json(408, json!({})), busy("90")], 3)]
#[case::lost_twice(vec![Reply::json(503, json!({})), Reply::Cut, busy("90")], 3)]
#[tokio::test]
async fn once_something_may_have_left_a_later_429_does_not_undo_it(
    #[case] replies: Vec<Reply>,
    #[case] attempts: u32,
) {
    let world = World::new().await;
    world.server.answer(replies);
    let unanswered = world.call("acme_track", event()).await.unwrap_err();
    assert_eq!(told(&unanswered), (ErrorCode::UpstreamUnavailable, Fate::Unknown, None, attempts));
    assert_lost(&unanswered);
    assert_eq!(unanswered.failure.retry_after, Some(Duration::from_secs(90)), "it says how long to wait");
}

#[tokio::test]
async fn once_something_may_have_left_an_empty_budget_does_not_undo_it() {
    let world = World::new().await;
    world.server.answer([Reply::Cut, Reply::Cut]);
    let unanswered = world.call("acme_get_limited", json!({})).await.unwrap_err();
    assert_eq!(told(&unanswered), (ErrorCode::UpstreamUnavailable, Fate::Unknown, None, 3));
    assert_lost(&unanswered);
    assert_eq!(world.server.requests().len(), 2);
}

#[tokio::test]
async fn a_real_answer_after_a_lost_attempt_is_what_is_told() {
    let world = World::new().await;
    world.server.answer([Reply::Cut, Reply::json(400, json!({}))]);
    let unanswered = world.call("acme_track", event()).await.unwrap_err();
    assert_eq!(told(&unanswered), (ErrorCode::UpstreamRejected, Fate::Answered, Some(400), 2));
}

#[tokio::test]
async fn nothing_is_sent_after_the_deadline() {
    let world = World::new().await;
    let prepared = world.prepare("acme_get_workspace", json!({}));
    let made = Made::fresh(world.deadline());
    let mut exchange = prepared.exchange(&world, &made, &[]);
    exchange.deadline = world.deadline() - Duration::from_secs(60);
    let unanswered = world.upstream.send(&exchange).await.unwrap_err();
    assert_eq!(told(&unanswered), (ErrorCode::UpstreamTimeout, Fate::NotSent, None, 1));
    assert!(world.server.requests().is_empty());
}

#[tokio::test]
async fn a_pause_beyond_the_deadline_is_not_begun() {
    let retry = RetryPolicy {
        first_pause: Duration::from_secs(120),
        longest_pause: Duration::from_secs(120),
        most_attempts: 3,
    };
    let world = World::with(Settings { retry, ..Settings::default() }).await;
    world.server.answer([Reply::json(500, json!({}))]);
    let unanswered = world.call("acme_get_workspace", json!({})).await.unwrap_err();
    assert_eq!(told(&unanswered), (ErrorCode::UpstreamUnavailable, Fate::Unknown, Some(500), 1));
}

#[tokio::test]
async fn an_upstreams_429_holds_the_next_call_back() {
    let world = World::new().await;
    world.server.answer([Reply::json(429, json!({})).with("retry-after", "90")]);
    let unanswered = world.call("acme_update_source", rename()).await.unwrap_err();
    assert_eq!(told(&unanswered), (ErrorCode::RateLimited, Fate::Answered, Some(429), 1));
    assert_eq!(unanswered.failure.retry_after, Some(Duration::from_secs(90)));
    assert!(unanswered.did_nothing());

    let held = world.call("acme_update_source", rename()).await.unwrap_err();
    assert_eq!(told(&held), (ErrorCode::RateLimited, Fate::NotSent, None, 1));
    assert_eq!(world.server.requests().len(), 1);
    world.clock.advance(Duration::from_secs(91));
    world.call("acme_update_source", rename()).await.unwrap();
}

#[tokio::test]
async fn an_answer_beyond_the_limit_is_refused_but_a_write_was_answered() {
    let world = World::with(Settings { longest_secret_answer: 100, ..Settings::default() }).await;
    let long = json!({"data": {"source": {"id": "s1", "name": "x".repeat(200)}}});
    world.server.answer([Reply::json(200, long.clone()), Reply::json(200, long)]);
    for tool in ["acme_get_source", "acme_update_source"] {
        let unanswered = world.call(tool, json!({"sourceId": "s1"})).await.unwrap_err();
        assert_eq!(told(&unanswered), (ErrorCode::ResponseTooLarge, Fate::Answered, Some(200), 1));
    }
}

/// Says yes so many times.
struct Leave(AtomicU32);

impl StillAllowed for Leave {
    fn check(&self) -> Pin<Box<dyn Future<Output = Result<(), Failure>> + Send + '_>> {
        let left = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        let gone = |_| Failure::new(ErrorCode::Unauthorized, "The device was revoked.");
        Box::pin(std::future::ready(left.map(|_| ()).map_err(gone)))
    }
}

#[rstest]
#[case::at_once(0)]
#[case::before_the_second_attempt(1)]
#[tokio::test]
async fn nothing_is_sent_once_it_is_no_longer_allowed(#[case] times: u32) {
    let world = World::new().await;
    world.server.answer([Reply::Cut, Reply::Cut, Reply::Cut]);
    let (prepared, made) = (world.prepare("acme_track", event()), Made::fresh(world.clock.now()));
    let leave = Leave(AtomicU32::new(times));
    let exchange = Exchange { still_allowed: &leave, ..prepared.exchange(&world, &made, &[]) };
    let unanswered = world.upstream.send(&exchange).await.unwrap_err();
    assert_eq!(world.server.requests().len(), times as usize);
    assert_eq!(unanswered.did_nothing(), times == 0);
    if times == 0 {
        assert_eq!(told(&unanswered), (ErrorCode::Unauthorized, Fate::NotSent, None, 1));
    }
}
