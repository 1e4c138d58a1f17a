//! The command line: what there is to say, and who carries it out.

use crate::admin::{self, AdminCommand};
use crate::config::{self, Config, Flags};
use crate::demo::{self, DemoOptions};
use crate::gateway::{database, serve};
use crate::key::{self, KeyCommand};
use crate::{device, link_names, sandbox};
use clap::{Args, Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;
use url::Url;

#[derive(Debug, Parser)]
#[command(name = "keyferry", version, about = "Carries an agent's requests across, with the key on board")]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the gateway
    Serve(ServeOptions),
    /// Run a gateway and a stand-in for Segment, set up and shown at work
    Demo(DemoOptions),
    /// Run the stand-in for outside systems by itself
    Sandbox {
        #[arg(long, default_value = "127.0.0.1:8476")]
        listen: SocketAddr,
        /// Keep its keys in this file, and take them from it at the next start
        #[arg(long, value_name = "FILE")]
        credentials: Option<PathBuf>,
    },
    /// Bring the database's schema up to date, as `serve` does at its start
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
    /// Pair this machine with a gateway
    Pair {
        #[command(flatten)]
        gateway: Gateway,
        /// What the person who approves will read that this device calls itself
        #[arg(long)]
        label: Option<String>,
    },
    /// Who this machine is to the gateway
    Whoami {
        #[command(flatten)]
        gateway: Gateway,
    },
    /// The accounts that are connected
    Integrations {
        #[command(flatten)]
        gateway: Gateway,
    },
    /// The accounts that are connected, with their health
    Connections {
        #[command(flatten)]
        gateway: Gateway,
    },
    /// Find a tool
    #[command(subcommand)]
    Tools(Tools),
    /// Show what a call would do, and send nothing
    Preview(CallArguments),
    /// Call a tool
    Call {
        #[command(flatten)]
        call: CallArguments,
        /// Preview and send without asking. It is no approval: what needs a person still does
        #[arg(long)]
        yes: bool,
        /// A retry with the same key is not a second write
        #[arg(long)]
        idempotency_key: Option<String>,
    },
    /// Make links named like ClawLink's commands, so that its skills' examples run as they are
    LinkCommands {
        /// The folder to make them in; put it on PATH
        folder: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
enum Tools {
    /// Every tool
    List {
        #[command(flatten)]
        gateway: Gateway,
        #[arg(long)]
        integration: Option<String>,
    },
    /// Tools that do what the words say
    Search {
        #[command(flatten)]
        gateway: Gateway,
        /// What it should do, in plain words
        #[arg(required_unless_present = "query")]
        words: Vec<String>,
        #[arg(long, conflicts_with = "words")]
        query: Option<String>,
        #[arg(long)]
        integration: Option<String>,
        #[arg(long)]
        limit: Option<u32>,
    },
    /// Everything about one tool: when to use it, its arguments, examples
    Describe {
        #[command(flatten)]
        gateway: Gateway,
        #[command(flatten)]
        tool: ToolName,
    },
}

/// Where the configuration, the database and the keys are.
#[derive(Debug, Args)]
struct House {
    /// The configuration file. Default: config/keyferry.toml, if it is there
    #[arg(long, env = "KEYFERRY_CONFIG", value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// `sqlite:PATH` or `postgres://…`
    #[arg(long, value_name = "URL", global = true)]
    database: Option<String>,
    /// The folder for everything the gateway writes, keys excepted
    #[arg(long, value_name = "DIR", global = true)]
    data: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct ServeOptions {
    #[command(flatten)]
    house: House,
    /// Where devices and people reach the gateway
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Where /metrics is served
    #[arg(long, value_name = "ADDRESS")]
    metrics_listen: Option<SocketAddr>,
    /// The address that people and devices know
    #[arg(long, value_name = "URL")]
    public_url: Option<Url>,
    /// A folder whose subfolders are further integrations
    #[arg(long, value_name = "DIR")]
    integrations_dir: Option<PathBuf>,
}

impl House {
    fn config(&self, flags: Flags) -> anyhow::Result<Config> {
        let flags = flags
            .with("database", self.database.as_ref())
            .with("data", self.data.as_ref().map(|data| data.display()));
        Ok(config::load(self.config.as_deref(), std::env::vars(), flags)?)
    }
}

impl ServeOptions {
    fn config(&self) -> anyhow::Result<Config> {
        let flags = Flags::default()
            .with("listen", self.listen)
            .with("metrics_listen", self.metrics_listen)
            .with("public_url", self.public_url.as_ref())
            .with("integrations_dir", self.integrations_dir.as_ref().map(|dir| dir.display()));
        self.house.config(flags)
    }
}

/// Which gateway is spoken to, and how it is printed.
#[derive(Debug, Clone, Args)]
pub(crate) struct Gateway {
    /// The gateway's address. Default: the one this machine was paired with last
    #[arg(long, env = "KEYFERRY_URL")]
    pub(crate) url: Option<Url>,
    /// A device token, instead of the one that pairing saved
    #[arg(long, env = "KEYFERRY_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
    /// Print the gateway's answer as it is
    #[arg(long)]
    pub(crate) json: bool,
}

/// A tool's name, as `--tool NAME` or by itself.
#[derive(Debug, Clone, Args)]
pub(crate) struct ToolName {
    #[arg(required_unless_present = "tool", value_name = "TOOL")]
    name: Option<String>,
    #[arg(long, conflicts_with = "name", value_name = "TOOL")]
    tool: Option<String>,
}

impl ToolName {
    pub(crate) fn as_str(&self) -> &str {
        self.tool.as_deref().or(self.name.as_deref()).unwrap_or_default()
    }
}

#[derive(Debug, Clone, Args)]
pub(crate) struct CallArguments {
    #[command(flatten)]
    pub(crate) gateway: Gateway,
    #[command(flatten)]
    pub(crate) tool: ToolName,
    /// The tool's arguments as a JSON object; `@FILE` reads a file, `-` standard input
    #[arg(long, default_value = "{}", value_name = "JSON")]
    pub(crate) params: String,
    /// The number of the account, when there are several
    #[arg(long, value_name = "NUMBER")]
    pub(crate) connection: Option<i64>,
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
        Command::Migrate { house } => asynchronously(migrate(house.config(Flags::default())?)),
        Command::Key { house, command } => {
            let config = house.config(Flags::default())?;
            asynchronously(async move { key::run(command, &config).await })
        }
        Command::Admin { house, command } => {
            let config = house.config(Flags::default())?;
            asynchronously(async move { admin::run(command, &config).await })
        }
        Command::Pair { gateway, label } => asynchronously(device::pair(&gateway, label)),
        Command::Whoami { gateway } => asynchronously(device::whoami(&gateway)),
        Command::Integrations { gateway } => asynchronously(device::integrations(&gateway)),
        Command::Connections { gateway } => asynchronously(device::connections(&gateway)),
        Command::Tools(Tools::List { gateway, integration }) => {
            asynchronously(device::list_tools(&gateway, integration.as_deref()))
        }
        Command::Tools(Tools::Search { gateway, words, query, integration, limit }) => {
            let text = query.unwrap_or_else(|| words.join(" "));
            asynchronously(device::search_tools(&gateway, &text, integration.as_deref(), limit))
        }
        Command::Tools(Tools::Describe { gateway, tool }) => {
            asynchronously(device::describe_tool(&gateway, &tool))
        }
        Command::Preview(call) => asynchronously(device::preview(&call)),
        Command::Call { call, yes, idempotency_key } => {
            asynchronously(device::call(&call, yes, idempotency_key))
        }
        Command::LinkCommands { folder } => link_names::make(&folder),
    }
}

async fn migrate(config: Config) -> anyhow::Result<()> {
    let db = database::open(&config).await?;
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
        <CommandLine as clap::CommandFactory>::command().debug_assert();
    }
}
