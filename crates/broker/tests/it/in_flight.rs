//! How much may be in flight: calls go on when their caller hangs up, and count as long as they do.

use crate::rig::{Rig, Wish, code, request};
use keyferry_broker::Limits;
use keyferry_core::Rule;
use serde_json::json;

/// A call that hangs at the upstream, and whose caller is gone.
async fn abandoned(rig: &Rig) {
    rig.fault(json!({"match": {"path": "/"}, "times": 1, "kind": "delay", "ms": 60000})).await;
    let before = rig.sandbox.requests(0).len();
    let (broker, device) = (rig.broker.clone(), rig.device.clone());
    let call =
        tokio::spawn(async move { broker.call(&device, "segment_get_workspace", request(json!({}))).await });
    while rig.sandbox.requests(0).len() == before {
        tokio::task::yield_now().await;
    }
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
}

#[tokio::test]
async fn a_device_that_hangs_up_has_no_more_in_flight_than_one_that_waits() {
    let limits = Limits { calls_of_device: 1, ..Limits::default() };
    let rig = Rig::with(Wish { limits, ..Wish::default() }).await;
    abandoned(&rig).await;
    assert_eq!(code(rig.call("segment_get_workspace", json!({})).await), "rate_limited");
    assert_eq!(code(rig.preview("segment_get_workspace", json!({})).await), "rate_limited");
    let other = rig.another_device(Rule::ReadOnly).await;
    rig.call_with(&other, "segment_get_workspace", request(json!({}))).await.unwrap();
}

#[tokio::test]
async fn all_together_are_bounded_too() {
    let limits = Limits { calls: 1, ..Limits::default() };
    let rig = Rig::with(Wish { limits, ..Wish::default() }).await;
    abandoned(&rig).await;
    let other = rig.another_device(Rule::ReadOnly).await;
    let refused = rig.call_with(&other, "segment_get_workspace", request(json!({}))).await;
    assert_eq!(code(refused), "gateway_unavailable");
}
