//! `cargo xtask bench start`: how long `keyferry serve` over SQLite takes from its start to its first answered call, and
//! how much memory it keeps after a sign-in and a search.

use crate::world::resident;
use keyferry_testkit::{Demo, Engine, Person, Program, free_address};
use std::time::{Duration, Instant};

const STARTS: usize = 5;
/// So long nothing is asked before the memory is read.
const IDLE: Duration = Duration::from_secs(2);

pub(crate) async fn measure() {
    let mut demo = Demo::start(Engine::Sqlite).await;
    demo.stop().await;
    let mut millis = Vec::new();
    for run in 1..=STARTS {
        demo.settings.listen = free_address();
        let begun = Instant::now();
        let program = Program::start(demo.settings.command().arg("serve"));
        first_answer(&demo).await;
        millis.push(begun.elapsed().as_millis());
        if run == STARTS {
            idle(&demo).await;
            println!("idle after a sign-in and a search: {:.1} MiB resident", resident(program.id()));
        }
        program.terminate().await;
    }
    millis.sort_unstable();
    println!("start to first answered call: {} ms (of {millis:?})", millis[STARTS / 2]);
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

async fn idle(demo: &Demo) {
    Person::signed_in(&demo.wire, &demo.base(), &demo.file.email, &demo.file.password).await;
    first_answer(demo).await;
    tokio::time::sleep(IDLE).await;
}
