//! The command line: what there is to say, and who carries it out.

mod device;
#[cfg(test)]
mod documented;
mod gateway;
mod house;

use crate::admin::{self, AdminCommand};
use crate::config::Config;
use crate::demo::{self, DemoOptions};
use crate::gateway::{database, serve};
use crate::key::{self, KeyCommand};
use crate::{link_names, sandbox};
use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use device::DeviceCommand;
use house::{House, ServeOptions};
use std::net::SocketAddr;
use std::path::PathBuf;

pub(crate) use device::TokenPlace;
pub(crate) use gateway::{CallArguments, CallsFilter, Gateway, ToolName};

#[derive(Debug, Parser)]
#[command(
    name = "keyferry",
    version,
    about = "Carries an agent's requests across, with the key on board",
    after_help = "Begin with `keyferry demo`. Your own: `keyferry serve`, then `keyferry pair`."
)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the gateway
    Serve(ServeOptions),
    /// Run a gateway and a stand-in for Segment, shown at work
    Demo(DemoOptions),
    /// Run the stand-in for outside systems by itself
    Sandbox {
        /// Where it listens
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8476")]
        listen: SocketAddr,
        /// Keep its keys in this file for the next start
        #[arg(long, value_name = "FILE")]
        credentials: Option<PathBuf>,
    },
    /// Bring the database's schema up to date, as `serve` does
    Migrate {
        #[command(flatten)]
        house: House,
    },
    /// Manage the master keys
    Key {
        #[command(flatten)]
        house: House,
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// Look after accounts beside a running gateway
    Admin {
        #[command(flatten)]
        house: House,
        #[command(subcommand)]
        command: AdminCommand,
    },
    #[command(flatten)]
    Device(DeviceCommand),
    /// Print what completes commands in a shell
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// Make links named like ClawLink's commands, for its skills
    LinkCommands {
        /// The folder to make them in; put it on PATH
        folder: PathBuf,
    },
}

pub(crate) fn run(command_line: CommandLine) -> anyhow::Result<()> {
    match command_line.command {
        Command::Serve(options) => {
            let config = options.config()?;
            on_threads(config.workers, serve::run(config))
        }
        Command::Demo(options) => on_threads(None, demo::run(options)),
        Command::Sandbox { listen, credentials } => {
            on_threads(None, sandbox::run(listen, credentials.as_deref()))
        }
        Command::Migrate { house } => asynchronously(migrate(house.config()?)),
        Command::Key { house, command } => {
            let config = house.config()?;
            asynchronously(key::run(command, config))
        }
        Command::Admin { house, command } => {
            let config = house.config()?;
            asynchronously(admin::run(command, config))
        }
        Command::Device(command) => device::run(command),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut CommandLine::command(), "keyferry", &mut std::io::stdout());
            Ok(())
        }
        Command::LinkCommands { folder } => link_names::make(&folder),
    }
}

async fn migrate(config: Config) -> anyhow::Result<()> {
    let db = database::open_to_migrate(&config).await?;
    println!("the {} database is up to date", db.engine());
    Ok(())
}

fn on_threads(workers: Option<usize>, work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    if let Some(workers) = workers {
        runtime.worker_threads(workers.max(1));
    }
    runtime.enable_all().build()?.block_on(work)
}

/// A client needs one thread.
fn asynchronously(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        CommandLine::command().debug_assert();
    }

    /// Every command and flag says what it is for.
    #[test]
    fn everything_has_a_help_text() {
        let mut left = vec![CommandLine::command()];
        while let Some(command) = left.pop() {
            assert!(command.get_about().is_some(), "`{}` has no help", command.get_name());
            for argument in command.get_arguments() {
                let named = format!("`{}` of `{}`", argument.get_id(), command.get_name());
                assert!(argument.get_help().is_some(), "{named} has no help");
            }
            left.extend(command.get_subcommands().cloned());
        }
    }

    /// Clap wraps nothing without asking the terminal, so the texts are short.
    #[test]
    fn help_fits_eighty_columns() {
        fn wide(command: &mut clap::Command, found: &mut Vec<String>) {
            let help = command.render_help().to_string();
            found.extend(help.lines().filter(|line| line.chars().count() > 80).map(str::to_owned));
            command.get_subcommands_mut().for_each(|below| wide(below, found));
        }
        let (mut command, mut found) = (CommandLine::command(), Vec::new());
        command.build();
        wide(&mut command, &mut found);
        assert!(found.is_empty(), "wider than 80 columns:\n{}", found.join("\n"));
    }
}
