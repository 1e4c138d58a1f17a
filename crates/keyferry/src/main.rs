//! The one executable: reads the configuration, wires the rooms, and is its own client.

mod admin;
mod beside;
mod cli;
mod config;
mod demo;
mod device;
mod exit;
mod gateway;
mod key;
mod link_names;
mod print;
mod private_file;
mod sandbox;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = link_names::arguments(std::env::args_os());
    let command_line = cli::CommandLine::parse_from(arguments);
    exit::code(cli::run(command_line))
}
