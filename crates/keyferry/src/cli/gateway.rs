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
    #[arg(long, value_name = "URL", value_parser = address)]
    url: Option<Url>,
    /// A device token, or KEYFERRY_TOKEN
    #[arg(long, value_name = "TOKEN")]
    token: Option<String>,
    /// Print the gateway's answer as it is
    #[arg(long)]
    pub(crate) json: bool,
}

impl Gateway {
    /// The address that was given, by flag or variable.
    pub(crate) fn url(&self) -> anyhow::Result<Option<Url>> {
        if let Some(url) = &self.url {
            return Ok(Some(url.clone()));
        }
        let Some(text) = variable("KEYFERRY_URL") else { return Ok(None) };
        Ok(Some(address(&text).map_err(|why| Ended::usage(format!("KEYFERRY_URL {why}")))?))
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

/// A gateway's address. `127.0.0.1:8474` and `localhost:8474` are what people type first.
fn address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    url.filter(Url::has_host)
        .ok_or_else(|| format!("`{text}` is no address; write it whole, as in http://127.0.0.1:8474"))
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

/// Which calls of the device's journal are listed.
#[derive(Debug, Clone, Args)]
pub(crate) struct CallsFilter {
    /// Only calls of this tool
    #[arg(long, value_name = "TOOL")]
    pub(crate) tool: Option<String>,
    /// succeeded, failed, unknown, refused, previewed, intent
    #[arg(long, value_name = "STATE", value_parser = STATES, hide_possible_values = true)]
    pub(crate) state: Option<String>,
    /// How many at most, up to 200
    #[arg(long, value_name = "COUNT", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=200))]
    pub(crate) limit: u32,
}

/// `intent` is a call that is under way.
const STATES: [&str; 6] = ["succeeded", "failed", "unknown", "refused", "previewed", "intent"];
