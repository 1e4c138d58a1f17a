//! `cargo xtask bench instructions` counts what this executes: a whole gateway over SQLite in one thread, with its real
//! listener, router, journal and outgoing client, an upstream that says the same to everyone, and a clock that stands.
//!
//! `instructions read|tool-read|tool-write CALLS [AT_ONCE]`: some calls to warm up, then so many more, which are
//! answered from as many connections as are said. What two runs with different numbers differ by is what calls cost.

mod client;
mod gateway;
mod upstream;

use client::{Client, Wanted};
use gateway::Gateway;
use tokio::task::JoinSet;

/// Calls before those that count: caches are filled, statements prepared, buffers grown.
const WARM_UP: usize = 20;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let wanted = arguments.next().and_then(|name| Wanted::named(&name));
    let wanted = wanted.expect("read, tool-read or tool-write");
    let mut number = || arguments.next().map(|text| text.parse::<usize>().expect("a number"));
    let (calls, at_once) = (number().expect("how many calls"), number().unwrap_or(1));
    let gateway = Gateway::start().await;
    let mut clients = Vec::new();
    for _ in 0..at_once {
        let mut client = Client::connect(&gateway, wanted).await;
        client.call(WARM_UP).await;
        clients.push(client);
    }
    gateway.settle().await;
    let each = calls / at_once;
    let mut running: JoinSet<()> =
        clients.into_iter().map(|mut client| async move { client.call(each).await }).collect();
    while let Some(done) = running.join_next().await {
        done.expect("every call is answered");
    }
    gateway.settle().await;
    // Nothing is taken down: that would be counted.
    std::process::exit(0);
}
