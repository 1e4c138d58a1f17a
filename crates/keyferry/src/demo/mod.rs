//! `keyferry demo`: a gateway and a stand-in for Segment in one process, set up and shown at work. It reads no
//! `KEYFERRY_` variable, listens on loopback only, and reaches nothing but its own sandbox.

mod facts;
mod go_on;
mod house;
mod settle;
mod tour;

use crate::gateway::assemble::Gateway;
use crate::gateway::serve::Bound;
use crate::gateway::{log, signals};
use crate::print::Screen;
use crate::{private_file, sandbox};
use anyhow::Context;
use clap::Args;
use keyferry_sandbox::{Sandbox, SandboxSettings};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Args)]
pub(crate) struct DemoOptions {
    /// Where the gateway listens
    #[arg(long, default_value = "127.0.0.1:8474")]
    pub(crate) listen: SocketAddr,
    /// Where the stand-in for Segment listens
    #[arg(long, default_value = "127.0.0.1:8476")]
    pub(crate) sandbox_listen: SocketAddr,
    /// Its folder, `demo.json` and all
    #[arg(long, default_value = "./data/demo")]
    pub(crate) data: PathBuf,
    /// Instead of SQLite: `postgres://…`, empty or its own
    #[arg(long)]
    pub(crate) database: Option<String>,
    /// End after the tour instead of staying up
    #[arg(long)]
    pub(crate) once: bool,
}

pub(crate) async fn run(options: DemoOptions) -> anyhow::Result<()> {
    let stopping = signals::stopping(Duration::ZERO)?;
    private_file::folder(&options.data)?;
    private_file::close_folder(&options.data)?;
    let credentials = sandbox::kept_credentials(&options.data.join("sandbox.json"))?;
    let sandbox = Sandbox::start(SandboxSettings::new(options.sandbox_listen, credentials)).await?;
    let config = house::config(&options, &sandbox);
    config.check()?;
    log::start(&config)?;
    let bound = Bound::bind(&config).await?;
    let base = bound.public_url(&config)?;
    house::claim_database(&config).await?;
    let gateway = Gateway::assemble(&config, base.clone(), stopping.clone()).await?;
    let (identity, broker) = (gateway.identity.clone(), gateway.broker.clone());
    let serving = tokio::spawn(async move { gateway.serve(&config, bound).await });

    say("Keyferry", base.as_str().trim_end_matches('/'));
    say("Sandbox", &format!("{} (stands in for Segment)", sandbox.url()));
    println!();
    let shown = async {
        let settled = settle::settle(&options.data, &base, &sandbox, &identity, &broker).await?;
        let source = tour::walk(&base, &sandbox, &settled).await?;
        anyhow::Ok((settled, source))
    }
    .await;
    let shown = match shown {
        Ok((settled, source)) if !options.once => {
            go_on::told(&identity, &settled, &options.data, &source).await?;
            stopping.stop.cancelled().await;
            Ok(())
        }
        other => other.map(|_| ()),
    };
    stopping.stop.cancel();
    serving.await.context("the gateway fell")??;
    sandbox.stop().await;
    shown
}

/// A line of the tour: what it is about, and what happened.
fn say(about: &str, what: &str) {
    println!("{}", Screen::stdout().hanging(&format!("{about:<11}"), what));
}
