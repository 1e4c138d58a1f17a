//! The project's own commands: everything that is done to the tree, besides the binary itself.

mod bench;
mod check;
mod clients;
mod debian;
mod image;
mod programs;
mod run;
mod size;
mod test;
mod tools;

use clap::{Parser, Subcommand};

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
    /// Formatting, lints, dependencies and licences, drift of generated files
    Check,
    /// Measures the release binary; `bench help` tells what
    #[command(disable_help_flag = true)]
    Bench {
        /// What, and how: `gateway --quick`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        rest: Vec<String>,
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
        Command::Check => check::all(),
        Command::Bench { rest } => bench::measure(&rest),
        Command::Openapi { check: true } => check::openapi_is_current(),
        Command::Openapi { check: false } => check::write_openapi(),
    }
}
