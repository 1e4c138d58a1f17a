//! The project's own commands: everything that is done to the tree, besides the binary itself.

mod bench;
mod check;
mod chromium;
mod clients;
mod contract;
mod debian;
mod fuzz;
mod image;
mod postgres;
mod programs;
mod run;
mod size;
mod test;
mod tools;

use clap::{Parser, Subcommand};
use std::path::PathBuf;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Keyferry's own commands")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Does all the set-up that the tests need, and runs every test
    Test {
        /// Not the Rust tests, but OpenClaw, MCP clients and Segment's libraries against the release binary
        #[arg(long)]
        clients: bool,
        /// Passed on to `cargo test`, for example a test's name
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// Brings what `test --clients` needs from package registries, and runs nothing
    Fetch,
    /// Formatting, lints, dependencies and licences, drift of generated files
    Check,
    /// Measures the release binary; `bench help` tells what
    #[command(disable_help_flag = true)]
    Bench {
        /// What, and how: `gateway --quick`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        rest: Vec<String>,
    },
    /// Fuzzes everything that parses what others send: one target, or all of them
    Fuzz {
        /// One of those that fuzz/README.md names
        target: Option<String>,
        /// For each target
        #[arg(default_value_t = 60)]
        seconds: u32,
    },
    /// Sends every worked example of Segment's Public API through a gateway to a mock server; Node and npm have to be there
    Contract {
        /// An OpenAPI document of the Public API; the mock server answers by it
        #[arg(long, value_name = "FILE")]
        openapi: PathBuf,
    },
    /// Writes openapi.json from the handlers
    Openapi {
        /// Fail if the committed file is another one, and write nothing
        #[arg(long)]
        check: bool,
    },
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Test { clients: true, .. } => clients::all(),
        Command::Test { clients: false, rest } => test::all(&rest),
        Command::Fetch => clients::fetch(),
        Command::Check => check::all(),
        Command::Bench { rest } => bench::measure(&rest),
        Command::Fuzz { target, seconds } => fuzz::run_for(target.as_deref(), seconds),
        Command::Contract { openapi } => contract::run_against(&openapi),
        Command::Openapi { check: true } => check::openapi_is_current(),
        Command::Openapi { check: false } => check::write_openapi(),
    }
}
