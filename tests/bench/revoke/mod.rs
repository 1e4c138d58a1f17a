//! `cargo xtask bench revoke`: how long after the answer to a revocation calls of that device still get through.
//!
//! Two gateways over one Postgres; neither does the revocation itself, so both have to hear of it. Once they are notified,
//! once the notifications are lost on the way. Last, one of them may not read the changes any more: how long it still
//! serves.

mod blind;
mod callers;

use crate::report::{Docs, Report};
use crate::world::{Deaf, Ground, Planted, Seed, Upstream};
use callers::Callers;
use clap::Args;
use keyferry_core::{Clock, SystemClock};
use keyferry_store::{Db, devices};
use keyferry_testkit::Gateway;
use keyferry_testkit::postgres::Server;
use std::sync::Arc;
use std::time::{Duration, Instant};

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// How many devices are revoked, each under load
    #[arg(long, default_value_t = 100)]
    tries: usize,
    #[command(flatten)]
    docs: Docs,
}

pub(crate) async fn measure(options: Options) {
    let upstream = Upstream::start().await;
    let server = Arc::new(Server::start().unwrap_or_else(|why| panic!("{why}")));
    let seed = Seed::One { devices: options.tries };
    let mut report = Report::begin("revoke");
    report.line(
        "| | revocations | last call through after it: half | 9 in 10 | the longest |\n|---|--:|--:|--:|--:|",
    );
    for deaf in [false, true] {
        let ground = Ground::plant(Some(Arc::clone(&server)), seed, &upstream).await;
        let lines =
            [Deaf::to_database(&ground.database()).await, Deaf::to_database(&ground.database()).await];
        let mut gateways = Vec::new();
        for line in &lines {
            let url = if deaf { line.instead_of(&ground.database()) } else { ground.database() };
            gateways.push(ground.gateway_over(Some(&url)).await);
        }
        let lags = tries(&ground, &gateways).await;
        report.line(&row(if deaf { "notifications lost" } else { "notified" }, lags));
    }
    let ground = Ground::plant(Some(server), Seed::One { devices: 1 }, &upstream).await;
    report.line(&format!("\n{}", blind::measure(&ground).await));
    report.end(&options.docs);
}

/// Revokes one device after the other, each while it calls, and answers how long it still got through.
async fn tries(ground: &Ground, gateways: &[Gateway]) -> Vec<Duration> {
    let db = Db::open(&ground.database()).await.expect("the database opens");
    let mut lags = Vec::new();
    for (number, device) in ground.seeded.devices.iter().enumerate() {
        let callers = Callers::start(gateways, &device.token).await;
        // At another moment between two readings of the changes each time.
        tokio::time::sleep(Duration::from_millis(number as u64 * 37 % 500)).await;
        revoke(&db, device).await;
        let answered = Instant::now();
        let last = callers.until_refused().await;
        lags.push(last.saturating_duration_since(answered));
    }
    db.close().await;
    lags
}

async fn revoke(db: &Db, device: &Planted) {
    let mut tx = db.begin().await.expect("the database answers");
    let now = SystemClock.now();
    assert!(devices::revoke(&mut tx, &device.team, &device.id, now).await.expect("it is revoked"));
    tx.commit().await.expect("it is committed");
}

fn row(how: &str, mut lags: Vec<Duration>) -> String {
    lags.sort_unstable();
    let at = |part: usize| {
        let lag = lags.get((lags.len() * part / 100).min(lags.len().saturating_sub(1)));
        lag.map_or(0, |lag| lag.as_millis())
    };
    format!("| {how} | {} | {} ms | {} ms | {} ms |", lags.len(), at(50), at(90), at(100))
}
