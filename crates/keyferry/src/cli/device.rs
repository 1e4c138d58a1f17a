//! What this machine does with a gateway, as a device of a person.

use super::asynchronously;
use super::gateway::{CallArguments, CallsFilter, Gateway, ToolName};
use crate::{device, exit};
use clap::{Subcommand, ValueEnum};
use serde::{Deserialize, Serialize};

#[derive(Debug, Subcommand)]
pub(super) enum DeviceCommand {
    /// Pair this machine with a gateway
    Pair {
        #[command(flatten)]
        gateway: Gateway,
        /// What the device calls itself, for who approves
        #[arg(long, value_name = "NAME")]
        label: Option<String>,
        /// `keyring` or `file`. Default: a keyring, if there is one
        #[arg(long, value_name = "WHERE", hide_possible_values = true)]
        tokens: Option<TokenPlace>,
    },
    /// Give the device back: the gateway revokes it
    Unpair {
        #[command(flatten)]
        gateway: Gateway,
    },
    /// The gateways that this machine is paired with
    Profiles {
        /// Use this one from now on
        name: Option<String>,
        /// Print them as JSON
        #[arg(long)]
        json: bool,
    },
    /// Who this machine is to the gateway
    Whoami {
        #[command(flatten)]
        gateway: Gateway,
    },
    /// Get a link at which a person connects an account
    Connect {
        #[command(flatten)]
        gateway: Gateway,
        /// What to connect, such as `segment`
        #[arg(value_name = "INTEGRATION")]
        integration: String,
    },
    /// The connected accounts, in brief
    Integrations {
        #[command(flatten)]
        gateway: Gateway,
    },
    /// The connected accounts: regions, keys and their health
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
        /// Don't ask. What needs a person still does
        #[arg(long)]
        yes: bool,
        /// A retry with the same key is no second write
        #[arg(long, value_name = "KEY")]
        idempotency_key: Option<String>,
    },
    /// What this device did, the newest first; or one call whole
    Calls {
        #[command(flatten)]
        gateway: Gateway,
        #[command(flatten)]
        filter: CallsFilter,
        /// Only this call, with its arguments and its answer
        #[arg(value_name = "CALL_ID", conflicts_with_all = ["tool", "state", "limit"])]
        id: Option<String>,
    },
    /// What waits for a person's approval
    Approvals {
        #[command(flatten)]
        gateway: Gateway,
        /// Those that were decided or ran out, too
        #[arg(long)]
        all: bool,
    },
}

/// Where a pairing's tokens are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TokenPlace {
    /// The desktop's keyring
    Keyring,
    /// A file that only its owner can read
    File,
}

#[derive(Debug, Subcommand)]
pub(super) enum Tools {
    /// Every tool
    List {
        #[command(flatten)]
        gateway: Gateway,
        /// Only this integration's
        #[arg(long, value_name = "NAME")]
        integration: Option<String>,
    },
    /// Tools that do what the words say
    Search {
        #[command(flatten)]
        gateway: Gateway,
        /// What it should do, in plain words
        #[arg(required_unless_present = "query")]
        words: Vec<String>,
        /// The same, as ClawLink's commands take it
        #[arg(long, value_name = "WORDS", conflicts_with = "words")]
        query: Option<String>,
        /// Only this integration's
        #[arg(long, value_name = "NAME")]
        integration: Option<String>,
        /// How many at most
        #[arg(long, value_name = "COUNT")]
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

/// A gateway's refusals are told as its answers are: for people, or as JSON.
pub(super) fn run(command: DeviceCommand) -> anyhow::Result<()> {
    let json = command.json();
    exit::refusals_told(json, asynchronously(carried_out(command)))
}

async fn carried_out(command: DeviceCommand) -> anyhow::Result<()> {
    match command {
        DeviceCommand::Pair { gateway, label, tokens } => device::pair(&gateway, label, tokens).await,
        DeviceCommand::Unpair { gateway } => device::unpair(&gateway).await,
        DeviceCommand::Profiles { name, json } => device::profiles(name.as_deref(), json).await,
        DeviceCommand::Whoami { gateway } => device::whoami(&gateway).await,
        DeviceCommand::Connect { gateway, integration } => device::connect(&gateway, &integration).await,
        DeviceCommand::Integrations { gateway } => device::integrations(&gateway).await,
        DeviceCommand::Connections { gateway } => device::connections(&gateway).await,
        DeviceCommand::Tools(command) => tools(command).await,
        DeviceCommand::Preview(call) => device::preview(&call).await,
        DeviceCommand::Call { call, yes, idempotency_key } => device::call(&call, yes, idempotency_key).await,
        DeviceCommand::Calls { gateway, id: Some(id), .. } => device::one_call(&gateway, &id).await,
        DeviceCommand::Calls { gateway, filter, id: None } => device::calls(&gateway, &filter).await,
        DeviceCommand::Approvals { gateway, all } => device::approvals(&gateway, all).await,
    }
}

async fn tools(command: Tools) -> anyhow::Result<()> {
    match command {
        Tools::List { gateway, integration } => device::list_tools(&gateway, integration.as_deref()).await,
        Tools::Search { gateway, words, query, integration, limit } => {
            let text = query.unwrap_or_else(|| words.join(" "));
            device::search_tools(&gateway, &text, integration.as_deref(), limit).await
        }
        Tools::Describe { gateway, tool } => device::describe_tool(&gateway, &tool).await,
    }
}

impl DeviceCommand {
    /// Whether the gateway's answers are printed as they are.
    fn json(&self) -> bool {
        match self {
            Self::Profiles { json, .. } => *json,
            Self::Preview(call) | Self::Call { call, .. } => call.gateway.json,
            Self::Tools(
                Tools::List { gateway, .. } | Tools::Search { gateway, .. } | Tools::Describe { gateway, .. },
            )
            | Self::Pair { gateway, .. }
            | Self::Unpair { gateway }
            | Self::Whoami { gateway }
            | Self::Connect { gateway, .. }
            | Self::Integrations { gateway }
            | Self::Connections { gateway }
            | Self::Calls { gateway, .. }
            | Self::Approvals { gateway, .. } => gateway.json,
        }
    }
}
