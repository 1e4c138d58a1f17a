//! Which gateway a device's command speaks to, and which call it means.

use crate::exit::Ended;
use clap::Args;
use keyferry_core::SecretString;
use url::Url;

/// Which gateway is spoken to, and how it is printed.
#[derive(Debug, Clone, Args)]
pub(crate) struct Gateway {
    /// Which pairing: a name of `keyferry profiles`
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// The gateway's address, or KEYFERRY_URL
    #[arg(long, value_name = "URL")]
    url: Option<Url>,
    /// A device token, or KEYFERRY_TOKEN
    #[arg(long, value_name = "TOKEN")]
    token: Option<String>,
    /// Print the gateway's answer as it is
    #[arg(long)]
    pub(crate) json: bool,
}

impl Gateway {
    /// The address that was given, by flag or variable. (Not by clap's `env`: its usage lines would show the flags as
    /// ones that have to be given.)
    pub(crate) fn url(&self) -> anyhow::Result<Option<Url>> {
        if let Some(url) = &self.url {
            return Ok(Some(url.clone()));
        }
        let Some(text) = variable("KEYFERRY_URL") else { return Ok(None) };
        let url = Url::parse(&text);
        Ok(Some(url.map_err(|error| Ended::usage(format!("KEYFERRY_URL is not an address: {error}")))?))
    }

    /// The profile that was given, by flag or variable.
    pub(crate) fn profile(&self) -> Option<String> {
        self.profile.clone().or_else(|| variable("KEYFERRY_PROFILE"))
    }

    /// The token that was given, by flag or variable.
    pub(crate) fn token(&self) -> Option<SecretString> {
        self.token.clone().or_else(|| variable("KEYFERRY_TOKEN")).map(SecretString::from)
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A tool's name, as `--tool NAME` or by itself.
#[derive(Debug, Clone, Args)]
pub(crate) struct ToolName {
    /// The tool's name, as `keyferry tools` shows it
    #[arg(required_unless_present = "tool", value_name = "TOOL")]
    name: Option<String>,
    /// As ClawLink's commands say it
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
    /// The tool's name, as `keyferry tools` shows it
    #[arg(required_unless_present = "tool", value_name = "TOOL")]
    name: Option<String>,
    /// Its arguments; `traits.plan=pro` for one within another
    #[arg(value_name = "NAME=VALUE")]
    given: Vec<String>,
    /// The name, as ClawLink's commands say it
    #[arg(long, value_name = "TOOL")]
    tool: Option<String>,
    /// A JSON object; `@FILE` a file, `-` standard input
    #[arg(long, value_name = "JSON")]
    pub(crate) params: Option<String>,
    /// The account's number, when there are several
    #[arg(long, value_name = "NUMBER")]
    pub(crate) connection: Option<i64>,
}

impl CallArguments {
    pub(crate) fn tool(&self) -> &str {
        self.tool.as_deref().or(self.name.as_deref()).unwrap_or_default()
    }

    /// With `--tool`, what would be the name is an argument.
    pub(crate) fn given(&self) -> Vec<&str> {
        let first = self.name.as_deref().filter(|_| self.tool.is_some());
        first.into_iter().chain(self.given.iter().map(String::as_str)).collect()
    }
}
