//! The one executable: reads the configuration, wires the rooms, and is its own client.

mod admin;
mod beside;
mod cli;
mod config;
mod demo;
mod device;
mod exit;
mod gateway;
mod integrations;
mod key;
mod link_names;
mod print;
mod private_file;
mod sandbox;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    end_quietly_when_nobody_reads();
    let arguments = link_names::arguments(std::env::args_os());
    let command_line = cli::CommandLine::parse_from(arguments);
    exit::code(cli::run(command_line))
}

/// `keyferry … | head` ends when head does. The standard library panics then; its signal can't be restored in safe Rust.
fn end_quietly_when_nobody_reads() {
    let told = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let message = panic.payload_as_str().unwrap_or_default();
        if message.starts_with("failed ")
            && (message.contains("Broken pipe") || message.contains("BrokenPipe"))
        {
            std::process::exit(0);
        }
        told(panic);
    }));
}
