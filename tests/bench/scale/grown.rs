//! One table of figures for something that grows.

use crate::door::Door;
use crate::load::{Load, Requests};
use crate::report::{Figure, Report};
use crate::world::{House, settle};

/// Enough to keep a gateway busy.
const CONNECTIONS: usize = 64;

pub(super) struct Growth<'a> {
    seconds: u64,
    report: &'a mut Report,
}

impl<'a> Growth<'a> {
    pub(super) fn begin(what: &str, seconds: u64, report: &'a mut Report) -> Self {
        report.line(&format!("\n{what}, {CONNECTIONS} connections:\n"));
        report.line(
            "| how many | through | requests/s | p50 ms | p99 ms | CPU µs | Postgres CPU µs | MiB | errors |\n\
             |--:|---|--:|--:|--:|--:|--:|--:|--:|",
        );
        Self { seconds, report }
    }

    pub(super) async fn calls(&mut self, how_many: &str, house: &House) {
        self.measure(how_many, house, &[Door::ProxyRead, Door::ToolRead, Door::ToolWrite]).await;
    }

    pub(super) async fn calls_and_lists(&mut self, how_many: &str, house: &House) {
        self.measure(how_many, house, &[Door::ProxyRead, Door::ToolWrite, Door::Journal]).await;
    }

    pub(super) async fn search(&mut self, how_many: &str, house: &House) {
        self.measure(how_many, house, &[Door::ToolRead, Door::Search]).await;
    }

    async fn measure(&mut self, how_many: &str, house: &House, doors: &[Door]) {
        let load = Load { connections: CONNECTIONS, seconds: self.seconds };
        // Where each person has one device, all of them call.
        let connections = (house.ground.seeded.people == 1).then_some(CONNECTIONS);
        for door in doors {
            let requests = Requests::write(door.requests(&house.ground.seeded, connections));
            let before = house.spent();
            let ran = load.on(house.address(), &requests).await;
            settle().await;
            let figure = Figure::of(&ran, house.spent().since(before), house.resident());
            let row = format!(
                "| {how_many} | {} | {:.0} | {:.2} | {:.2} | {:.1} | {:.1} | {:.0} | {} |",
                door.name(),
                figure.a_second,
                figure.p50,
                figure.p99,
                figure.cpu,
                figure.database_cpu,
                figure.resident,
                figure.errors
            );
            self.report.line(&row);
        }
    }
}
