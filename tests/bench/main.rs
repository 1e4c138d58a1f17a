//! What is measured on the built gateway. `cargo xtask bench …` builds and installs what this needs, and runs it.

mod gateway;
mod load;
mod report;
mod rivals;
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
}

#[tokio::main]
async fn main() {
    match Arguments::parse().what {
        What::Start => start::measure().await,
        What::Gateway(options) => gateway::measure(options).await,
    }
}
