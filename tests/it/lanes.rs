//! Load that counts: clients that send events without a pause, each event under a name of its own, and know afterwards
//! what they were answered.

use keyferry_testkit::{Answer, Device};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::task::JoinHandle;

const CLIENTS: usize = 6;

/// What one event came to.
pub(crate) struct Sent {
    pub(crate) event: String,
    /// `None`: no answer came.
    pub(crate) answer: Option<Answer>,
}

pub(crate) struct Lanes {
    enough: Arc<AtomicBool>,
    lanes: Vec<JoinHandle<Vec<Sent>>>,
}

impl Lanes {
    /// The device's rule has to be `trusted`. `name` begins the names of the events.
    pub(crate) fn start(name: &str, device: &Device) -> Self {
        let enough = Arc::new(AtomicBool::new(false));
        let lane = |lane| tokio::spawn(send(device.clone(), format!("{name} {lane}"), Arc::clone(&enough)));
        Self { lanes: (0..CLIENTS).map(lane).collect(), enough }
    }

    /// Lets what is under way end, and answers everything that was sent.
    pub(crate) async fn end(self) -> Vec<Sent> {
        self.enough.store(true, Ordering::Relaxed);
        let mut sent = Vec::new();
        for lane in self.lanes {
            sent.extend(lane.await.expect("a lane ends"));
        }
        sent
    }
}

async fn send(device: Device, lane: String, enough: Arc<AtomicBool>) -> Vec<Sent> {
    let mut sent = Vec::new();
    while !enough.load(Ordering::Relaxed) {
        let event = format!("Event {lane} {}", sent.len());
        let body = json!({"arguments": {"userId": "u-1001", "event": event}});
        let answer = device.try_json("POST", "/api/tools/segment_track/execute", body).await.ok();
        sent.push(Sent { event, answer });
    }
    sent
}

/// The names of the events that arrived upstream, each as often as it did.
pub(crate) fn arrived(requests: &[Value]) -> Vec<String> {
    requests.iter().filter_map(|request| request["body"]["event"].as_str()).map(str::to_owned).collect()
}

/// # Panics
/// When an event that was answered with success did not arrive, or one arrived twice.
pub(crate) fn assert_none_lost_none_doubled(sent: &[Sent], arrived: &[String]) {
    let once: BTreeSet<&String> = arrived.iter().collect();
    assert_eq!(once.len(), arrived.len(), "events arrived twice");
    let done = sent.iter().filter(|one| one.answer.as_ref().is_some_and(|answer| answer.status == 200));
    let lost: Vec<&String> = done.map(|one| &one.event).filter(|event| !once.contains(event)).collect();
    assert!(lost.is_empty(), "answered with success, and never arrived: {lost:?}");
}
