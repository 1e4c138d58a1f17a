//! The command line: what there is to say, and who carries it out.

use crate::{device, link_names};
use clap::{Args, Parser, Subcommand};
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
    /// Pair this machine with a gateway
    #[command(next_help_heading = "As a client")]
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
    /// Every tool of the connected integrations
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
