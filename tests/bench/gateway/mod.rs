//! `cargo xtask bench gateway`: what a request costs on its way through the gateway, beside others that inject a key.
//!
//! All of them stand ready, each with one worker, over the same upstream; the load goes to one at a time. In each round
//! every one has its turn, and is compared with nginx in the same round: so what the machine does besides falls on all.

mod way;
mod ways;

use crate::load::Load;
use crate::report::{self, Docs, Figure, Figures, Report};
use crate::rivals::Rival;
use crate::world::{Upstream, settle};
use clap::Args;
use way::{Way, Wish};
use ways::Ways;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// A short look of some two minutes: one round, 1 and 64 connections
    #[arg(long)]
    quick: bool,
    /// How often each has its turn
    #[arg(long)]
    rounds: Option<usize>,
    /// How many seconds a turn takes
    #[arg(long)]
    seconds: Option<u64>,
    /// How many connections send at once
    #[arg(long, value_delimiter = ',')]
    connections: Vec<usize>,
    /// Only ways in whose name these words stand: "proxy sqlite"; may be given again. nginx runs always
    #[arg(long)]
    only: Vec<String>,
    #[command(flatten)]
    docs: Docs,
}

/// How much is measured.
struct Extent {
    rounds: usize,
    seconds: u64,
    /// With 10,000 people none of them is in the caches when a turn begins, so it has to last longer.
    seconds_with_many: u64,
    connections: Vec<usize>,
}

impl Options {
    fn extent(&self) -> Extent {
        let mut extent = if self.quick {
            Extent { rounds: 1, seconds: 2, seconds_with_many: 4, connections: vec![1, 64] }
        } else {
            Extent { rounds: 4, seconds: 2, seconds_with_many: 8, connections: vec![1, 16, 64, 256] }
        };
        extent.rounds = self.rounds.unwrap_or(extent.rounds);
        extent.seconds = self.seconds.unwrap_or(extent.seconds);
        extent.seconds_with_many = self.seconds.unwrap_or(extent.seconds_with_many);
        if !self.connections.is_empty() {
            extent.connections.clone_from(&self.connections);
        }
        extent
    }
}

pub(crate) async fn measure(options: Options) {
    let extent = options.extent();
    let upstream = Upstream::start().await;
    let wishes = Wish::all().into_iter().filter(|wish| wish.is_wanted(&options.only)).collect();
    let ways = Ways::start(wishes, &upstream).await;
    let mut figures = Figures::beside(Rival::Nginx.name());
    for round in 0..extent.rounds {
        for &connections in &extent.connections {
            for way in &ways {
                // So long a turn is worth every other round only.
                if way.has_many() && round % 2 == 1 {
                    continue;
                }
                let seconds = if way.has_many() { extent.seconds_with_many } else { extent.seconds };
                let figure = turn(way, Load { connections, seconds }).await;
                println!("{connections:>4} {:<44} {figure}", way.name());
                if figure.errors > 0 {
                    println!("     {}", way.refused().await.join("\n     "));
                }
                figures.add(&way.name(), connections, round, figure);
            }
        }
    }
    let mut report = Report::begin("gateway");
    report.line(report::table(&figures).trim_end());
    report.end(&options.docs);
    report::keep_picture(&report::picture(&figures), &options.docs);
}

async fn turn(way: &Way, load: Load) -> Figure {
    let requests = way.load(load.connections);
    let before = way.spent();
    let ran = load.on(way.address(), &requests).await;
    settle().await;
    Figure::of(&ran, way.spent().since(before), way.resident())
}
