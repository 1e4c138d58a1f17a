//! Starts what is to be measured, each store and server once, and sees that it works.

use super::way::{Kind, Runs, Way, Wish};
use crate::world::{Ground, House, Seed, Upstream};
use keyferry_testkit::postgres::Server;
use keyferry_testkit::{Engine, Wire};
use std::sync::Arc;

/// With one credential: as many devices as any load spreads over, of either rule.
const DEVICES: usize = 4 * 256 * 2;
/// With many: people, each with a credential and a device.
const MANY: usize = 10_000;

/// What runs already.
pub(super) struct Ways<'a> {
    upstream: &'a Upstream,
    houses: Vec<(Kind, Arc<House>)>,
    server: Option<Arc<Server>>,
}

impl<'a> Ways<'a> {
    pub(super) async fn start(wishes: Vec<Wish>, upstream: &'a Upstream) -> Vec<Way> {
        let mut ways = Self { upstream, houses: Vec::new(), server: None };
        let mut started = Vec::with_capacity(wishes.len());
        for wish in wishes {
            let runs = match wish {
                Wish::Straight => Runs::Upstream(upstream.address()),
                Wish::Rival(rival) => Runs::Rival(Box::new(rival.start(upstream).await)),
                Wish::Ours(door, kind) => Runs::Ours(door, ways.house(kind).await),
            };
            let way = Way { wish, runs };
            check(&way).await;
            started.push(way);
        }
        started
    }

    async fn house(&mut self, kind: Kind) -> Arc<House> {
        if let Some((_, house)) = self.houses.iter().find(|(built, _)| *built == kind) {
            return Arc::clone(house);
        }
        let server = (kind.engine == Engine::Postgres).then(|| self.server());
        let seed = if kind.many { Seed::Each(MANY) } else { Seed::One { devices: DEVICES } };
        let house = Arc::new(House::of_one(Ground::plant(server, seed, self.upstream).await).await);
        println!(
            "{:?} with {} people: {:.1} MiB idle",
            kind.engine,
            house.ground.seeded.people,
            house.resident()
        );
        self.houses.push((kind, Arc::clone(&house)));
        house
    }

    fn server(&mut self) -> Arc<Server> {
        let start = || Arc::new(Server::start().unwrap_or_else(|why| panic!("{why}")));
        Arc::clone(self.server.get_or_insert_with(start))
    }
}

/// # Panics
/// When a request of the way's is not answered as it should be.
async fn check(way: &Way) {
    let wire = Wire::default();
    let mut requests = way.requests(1);
    // Of a preview and its write: one of each.
    requests.dedup_by(|later, earlier| later.path == earlier.path);
    for request in requests {
        let url = format!("http://{}{}", way.address(), request.path);
        let asking = wire.client.request(request.method.parse().expect("a method"), url);
        let asking = asking.bearer_auth(request.bearer);
        let asking = match request.body {
            Some(body) => asking.header("content-type", "application/json").body(body),
            None => asking,
        };
        let answer = wire.send(asking).await;
        assert_eq!(answer.status, 200, "{}: {}", way.name(), answer.text);
    }
}
