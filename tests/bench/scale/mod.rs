//! `cargo xtask bench scale`: more gateways, and more of everything that a gateway keeps.

mod grown;
mod journal;

use crate::report::{Docs, Report};
use crate::world::{Ground, House, Seed, Upstream};
use clap::{Args, ValueEnum};
use grown::Growth;
use keyferry_testkit::Engine;
use keyferry_testkit::postgres::Server;
use std::sync::Arc;
use std::time::Instant;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Only this
    #[arg(long)]
    only: Option<What>,
    /// How many seconds each figure is measured for
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// Rows in the journal; 10,000,000 take some 9 GB of disk and a quarter of an hour
    #[arg(long, value_delimiter = ',', default_value = "10000,100000,1000000")]
    rows: Vec<i64>,
    /// Credentials, each with a person and a device
    #[arg(long, value_delimiter = ',', default_value = "1,1000,10000,30000")]
    credentials: Vec<usize>,
    /// Integrations as large as Segment beside Segment
    #[arg(long, value_delimiter = ',', default_value = "0,4,16")]
    further: Vec<usize>,
    #[command(flatten)]
    docs: Docs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    Gateways,
    Credentials,
    Journal,
    Catalog,
}

/// Devices of a store with one credential.
const DEVICES: usize = 512;

struct Scale {
    options: Options,
    upstream: Upstream,
    server: Arc<Server>,
}

pub(crate) async fn measure(options: Options) {
    let server = Arc::new(Server::start().unwrap_or_else(|why| panic!("{why}")));
    let scale = Scale { upstream: Upstream::start().await, server, options };
    let mut report = Report::begin("scale");
    let wanted = |what| scale.options.only.is_none_or(|only| only == what);
    if wanted(What::Gateways) {
        scale.gateways(&mut report).await;
    }
    if wanted(What::Credentials) {
        scale.credentials(&mut report).await;
    }
    if wanted(What::Journal) {
        scale.journal(&mut report).await;
    }
    if wanted(What::Catalog) {
        scale.catalog(&mut report).await;
    }
    report.end(&scale.options.docs);
}

impl Scale {
    fn server(&self, engine: Engine) -> Option<Arc<Server>> {
        (engine == Engine::Postgres).then(|| Arc::clone(&self.server))
    }

    async fn gateways(&self, report: &mut Report) {
        let mut growth =
            Growth::begin("Gateways behind HAProxy over one Postgres", self.options.seconds, report);
        for gateways in 1..=3 {
            let seed = Seed::One { devices: DEVICES };
            let ground = Ground::plant(self.server(Engine::Postgres), seed, &self.upstream).await;
            growth.calls(&gateways.to_string(), &House::balanced(ground, gateways).await).await;
        }
    }

    async fn credentials(&self, report: &mut Report) {
        for engine in [Engine::Sqlite, Engine::Postgres] {
            let mut growth = Growth::begin(
                &format!("Credentials over {engine:?}, each with a device"),
                self.options.seconds,
                report,
            );
            for &credentials in &self.options.credentials {
                let seed =
                    if credentials == 1 { Seed::One { devices: DEVICES } } else { Seed::Each(credentials) };
                let ground = Ground::plant(self.server(engine), seed, &self.upstream).await;
                growth.calls(&credentials.to_string(), &House::of_one(ground).await).await;
            }
        }
    }

    async fn journal(&self, report: &mut Report) {
        for engine in [Engine::Sqlite, Engine::Postgres] {
            let mut growth =
                Growth::begin(&format!("Calls in the journal over {engine:?}"), self.options.seconds, report);
            let seed = Seed::One { devices: DEVICES };
            let ground = Ground::plant(self.server(engine), seed, &self.upstream).await;
            let mut filled = 0;
            let mut rows = self.options.rows.clone();
            rows.sort_unstable();
            let house = House::of_one(ground).await;
            for &rows in &rows {
                journal::fill(&house.ground, filled, rows).await;
                filled = rows;
                growth.calls_and_lists(&rows.to_string(), &house).await;
            }
        }
    }

    async fn catalog(&self, report: &mut Report) {
        let mut growth = Growth::begin(
            "Further integrations in the catalog, each as large as Segment",
            self.options.seconds,
            report,
        );
        for &further in &self.options.further {
            let seed = Seed::One { devices: DEVICES };
            let ground = Ground::with_further(further, None, seed, &self.upstream).await;
            let begun = Instant::now();
            let house = House::of_one(ground).await;
            let name = format!("{further}, serves after {} ms", begun.elapsed().as_millis());
            growth.search(&name, &house).await;
        }
    }
}
