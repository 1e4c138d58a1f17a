//! Where the configuration, the database and the keys are, as the command line says it.

use crate::config::{self, Config, Flags};
use clap::Args;
use std::net::SocketAddr;
use std::path::PathBuf;
use url::Url;

#[derive(Debug, Args)]
pub(super) struct House {
    /// Default: config/keyferry.toml, if it is there
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// `sqlite:PATH` or `postgres://…`
    #[arg(long, value_name = "URL", global = true)]
    database: Option<String>,
    /// The gateway's data folder. Default: ./data
    #[arg(long, value_name = "DIR", global = true)]
    data: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct ServeOptions {
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
    /// A folder of further integrations
    #[arg(long, value_name = "DIR")]
    integrations_dir: Option<PathBuf>,
}

impl House {
    pub(super) fn config(&self) -> anyhow::Result<Config> {
        self.config_with(Flags::default())
    }

    fn config_with(&self, flags: Flags) -> anyhow::Result<Config> {
        let flags = flags
            .with("database", self.database.as_ref())
            .with("data", self.data.as_ref().map(|data| data.display()));
        let file = self.config.clone().or_else(|| std::env::var_os("KEYFERRY_CONFIG").map(PathBuf::from));
        Ok(config::load(file.as_deref(), std::env::vars(), flags)?)
    }
}

impl ServeOptions {
    pub(super) fn config(&self) -> anyhow::Result<Config> {
        let flags = Flags::default()
            .with("listen", self.listen)
            .with("metrics_listen", self.metrics_listen)
            .with("public_url", self.public_url.as_ref())
            .with("integrations_dir", self.integrations_dir.as_ref().map(|dir| dir.display()));
        self.house.config_with(flags)
    }
}
