//! The one executable: reads the configuration, wires the rooms, and is its own client.

mod cli;
mod config;
mod device;
mod exit;
mod link_names;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = link_names::arguments(std::env::args_os());
    let command_line = cli::CommandLine::parse_from(arguments);
    exit::code(cli::run(command_line))
}
