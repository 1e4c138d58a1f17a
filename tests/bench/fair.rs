//! `cargo xtask bench fair`: how much longer a device waits while another one sends as fast as it can.

use crate::load::{Load, Ran, Request, Requests};
use crate::report::{Docs, Report};
use crate::world::{Ground, House, Seed, Upstream};
use clap::Args;
use std::time::Duration;

/// The modest one asks again when it was answered.
const MODEST: usize = 1;
/// The greedy one begins so long before it, and ends so long after.
const BEFORE: Duration = Duration::from_secs(1);

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// How often
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// How many seconds each time
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// Connections of the greedy one
    #[arg(long, default_value_t = 64)]
    connections: usize,
    #[command(flatten)]
    docs: Docs,
}

pub(crate) async fn measure(options: Options) {
    let upstream = Upstream::start().await;
    let house = House::of_one(Ground::plant(None, Seed::Each(2), &upstream).await).await;
    let tokens = house.ground.seeded.all();
    let (modest, greedy) = (reads(tokens[0]), reads(tokens[1]));
    let load = Load { connections: MODEST, seconds: options.seconds };
    let full = Load { connections: options.connections, seconds: options.seconds + 2 * BEFORE.as_secs() };
    let mut report = Report::begin("fair");
    report.line(
        "| alone p50 ms | p99 ms | beside p50 ms | p99 ms | p99 times | refused | the greedy one's requests/s | of them refused/s |\n\
         |--:|--:|--:|--:|--:|--:|--:|--:|",
    );
    for _ in 0..options.rounds {
        let alone = load.on(house.address(), &modest).await;
        let beside = async {
            tokio::time::sleep(BEFORE).await;
            load.on(house.address(), &modest).await
        };
        let (beside, greedy) = tokio::join!(beside, full.on(house.address(), &greedy));
        report.line(&row(&alone, &beside, &greedy));
    }
    report.end(&options.docs);
}

fn reads(token: &str) -> Requests {
    let path = "/proxy/segment/public_api/labels".to_owned();
    Requests::write([Request { method: "GET", path, bearer: token, body: None }])
}

fn row(alone: &Ran, beside: &Ran, greedy: &Ran) -> String {
    let millis = |time: Duration| time.as_secs_f64() * 1e3;
    let a_second = |count: u64| count as f64 / greedy.took.as_secs_f64();
    format!(
        "| {:.2} | {:.2} | {:.2} | {:.2} | {:.1} | {} | {:.0} | {:.0} |",
        millis(alone.p50),
        millis(alone.p99),
        millis(beside.p50),
        millis(beside.p99),
        millis(beside.p99) / millis(alone.p99),
        alone.errors + beside.errors,
        a_second(greedy.requests),
        a_second(greedy.errors)
    )
}
