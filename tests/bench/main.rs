//! What is measured on the built gateway. `cargo xtask bench …` builds and installs what this needs, and runs it.

mod door;
mod fair;
mod gateway;
mod load;
mod report;
mod revoke;
mod rivals;
mod scale;
mod start;
mod world;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask bench", about = "What is measured on the release binary")]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// From the start of `keyferry serve` over SQLite to its first answered call, and the memory it then keeps
    Start,
    /// A request through the gateway beside nginx, HAProxy and Envoy, in rounds that take turns
    Gateway(gateway::Options),
    /// How long after a revocation calls still get through on two gateways: told of it, not told, and unable to read it
    Revoke(revoke::Options),
    /// 1, 2 and 3 gateways over one Postgres, and how cost grows with credentials, journal and catalog
    Scale(scale::Options),
    /// What a device feels of another one that sends as fast as it can
    Fair(fair::Options),
}

#[tokio::main]
async fn main() {
    match Arguments::parse().what {
        What::Start => start::measure().await,
        What::Gateway(options) => gateway::measure(options).await,
        What::Revoke(options) => revoke::measure(options).await,
        What::Scale(options) => scale::measure(options).await,
        What::Fair(options) => fair::measure(options).await,
    }
}
