//! What requests through the proxy cost in memory.

use crate::proxy::raw;
use keyferry_testkit::{Demo, Engine, PATIENCE, until};
use serde_json::json;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

const IN_FLIGHT: usize = 40;
const IDLE: usize = 1000;
const TOGETHER: usize = 10;

/// The gateway's resident memory in bytes.
fn resident(data: &Path) -> usize {
    let wanted = format!("KEYFERRY_DATA={}", data.display());
    let is_it = |pid: &str| {
        let read = |file: &str| std::fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
        let holds =
            |bytes: &[u8], text: &str| bytes.split(|byte| *byte == 0).any(|part| part == text.as_bytes());
        holds(&read("environ"), &wanted) && holds(&read("cmdline"), "serve")
    };
    let processes = std::fs::read_dir("/proc").expect("Linux has it").flatten();
    let names = processes.filter_map(|entry| entry.file_name().into_string().ok());
    let pid = names.filter(|name| name.bytes().all(|byte| byte.is_ascii_digit())).find(|pid| is_it(pid));
    let status = std::fs::read_to_string(format!("/proc/{}/status", pid.expect("the gateway runs")));
    let status = status.expect("a process has a status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
    let kib: usize = line.trim().trim_end_matches(" kB").parse().expect("a number");
    kib * 1024
}

#[tokio::test]
async fn a_request_in_flight_costs_at_most_twice_its_body() {
    let demo = Demo::start(Engine::Sqlite).await;
    let token = demo.person().await.new_device("loader", "trusted").await;
    let body = format!(r#"{{"batch":[],"filler":"{}"}}"#, "x".repeat(500_000));
    let head = format!(
        "POST /proxy/segment/tracking/v1/batch HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\
         Authorization: Bearer {token}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let (listen, request) = (demo.settings.listen, Arc::new([head.as_bytes(), body.as_bytes()].concat()));
    // What is made once, and what the allocator keeps of it, is there before.
    for _ in 0..3 {
        raw(listen, &request).await;
    }
    let before = resident(&demo.settings.data);
    let last = demo.sandbox.last().await;
    demo.sandbox
        .fault(json!({"match": {"api": "tracking"}, "kind": "delay", "ms": 5000, "times": IN_FLIGHT}))
        .await;
    let mut sending = JoinSet::new();
    for _ in 0..IN_FLIGHT {
        let request = Arc::clone(&request);
        sending.spawn(async move { raw(listen, &request).await });
    }
    until("all have arrived", async || (demo.sandbox.requests(last).await.len() == IN_FLIGHT).then_some(()))
        .await;
    let during = resident(&demo.settings.data);
    let answers = sending.join_all().await;
    assert!(answers.iter().all(|answer| answer.starts_with("HTTP/1.1 200")), "{}", answers[0]);
    let each = during.saturating_sub(before) / IN_FLIGHT;
    assert!(each <= 2 * body.len(), "{each} bytes for each request of {} bytes", body.len());
}

/// A connection that asked something, and is idle from then on.
async fn asked_once(listen: SocketAddr) -> TcpStream {
    let mut line = TcpStream::connect(listen).await.expect("a place");
    line.write_all(b"GET /healthz HTTP/1.1\r\nHost: g\r\n\r\n").await.expect("it reads");
    let mut answer = [0; 2048];
    let reading = tokio::time::timeout(PATIENCE, line.read(&mut answer));
    let read = reading.await.expect("an answer in time").expect("an answer");
    assert!(answer[..read].starts_with(b"HTTP/1.1 200"));
    line
}

#[tokio::test]
async fn a_thousand_idle_connections_cost_less_than_twenty_megabytes() {
    // All of them come from one address, as from a proxy before the gateway.
    let demo =
        Demo::plan().variable("KEYFERRY_TRUSTED_PROXIES", "[\"127.0.0.0/8\"]").start(Engine::Sqlite).await;
    raw(demo.settings.listen, b"GET /healthz HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n").await;
    let before = resident(&demo.settings.data);
    let listen = demo.settings.listen;
    let mut idle = Vec::new();
    // A few at a time: what a thousand requests at once cost is another question.
    for _ in 0..IDLE / TOGETHER {
        let mut asking = JoinSet::new();
        (0..TOGETHER).for_each(|_| _ = asking.spawn(asked_once(listen)));
        idle.extend(asking.join_all().await);
    }
    let cost = resident(&demo.settings.data).saturating_sub(before);
    assert_eq!(idle.len(), IDLE);
    assert!(cost < 20_000_000, "{cost} bytes");
}
