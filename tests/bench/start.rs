//! `cargo xtask bench start`: how long `keyferry serve` over SQLite takes from its start to its first answered call, and
//! how much memory it keeps after a sign-in and a search.

use keyferry_testkit::{Demo, Engine, Person, Program};
use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};

const STARTS: usize = 5;
/// So long nothing is asked before the memory is read.
const IDLE: Duration = Duration::from_secs(2);

pub(crate) async fn measure() {
    let mut demo = Demo::start(Engine::Sqlite).await;
    demo.stop().await;
    let mut millis = Vec::new();
    for run in 1..=STARTS {
        demo.settings.listen = free();
        let begun = Instant::now();
        let program = Program::start(demo.settings.command().arg("serve"));
        first_answer(&demo).await;
        millis.push(begun.elapsed().as_millis());
        if run == STARTS {
            println!("idle after a sign-in and a search: {:.1} MiB resident", idle_memory(&demo).await);
        }
        program.terminate().await;
    }
    millis.sort_unstable();
    println!("start to first answered call: {} ms (of {millis:?})", millis[STARTS / 2]);
}

fn free() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("a bound listener has an address")
}

/// Asks until it is answered; a port that nobody listens on refuses at once.
async fn first_answer(demo: &Demo) {
    let url = format!("{}/api/tools/search?query=delete+a+source&view=brief", demo.base());
    loop {
        let request = demo.wire.client.get(&url).bearer_auth(&demo.file.device_token);
        if demo.wire.try_send(request).await.is_ok_and(|answer| answer.status == 200) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

async fn idle_memory(demo: &Demo) -> f64 {
    Person::signed_in(&demo.wire, &demo.base(), &demo.file.email, &demo.file.password).await;
    first_answer(demo).await;
    tokio::time::sleep(IDLE).await;
    let left = std::fs::read(demo.settings.data.join("serving.json")).expect("a gateway leaves serving.json");
    let left: serde_json::Value = serde_json::from_slice(&left).expect("JSON");
    let status = std::fs::read_to_string(format!("/proc/{}/status", left["process"])).expect("it runs");
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("Linux tells it");
    let kib: f64 = resident.trim().trim_end_matches("kB").trim().parse().expect("a number of KiB");
    kib / 1024.0
}
