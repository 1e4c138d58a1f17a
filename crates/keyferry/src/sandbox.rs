//! `keyferry sandbox`: the stand-in for outside systems, by itself.

use crate::gateway::signals;
use crate::private_file;
use anyhow::Context;
use ipnet::IpNet;
use keyferry_sandbox::{RunningSandbox, Sandbox, SandboxCredentials, SandboxSettings};
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

/// Runs until a signal. With a file, its keys are those of the file, which is made when it is not there.
pub(crate) async fn run(listen: SocketAddr, file: Option<&Path>) -> anyhow::Result<()> {
    let stop = signals::stopping(Duration::ZERO)?.stop;
    let credentials = match file {
        Some(file) => kept_credentials(file)?,
        None => SandboxCredentials::random(),
    };
    let sandbox = Sandbox::start(SandboxSettings::new(listen, credentials)).await?;
    println!("A stand-in for Segment listens on {}.", sandbox.url());
    println!("Its keys open nothing else.");
    for (region, keys) in [("us", &sandbox.credentials.us), ("eu", &sandbox.credentials.eu)] {
        println!("\n{region}");
        println!("  server                    {}/{region}/{{public_api,tracking,profiles}}", sandbox.url());
        println!("  Public API token          {}", keys.public_api);
        println!("  Source write key          {}", keys.tracking().unwrap_or_default());
        println!("  Profile API access token  {}", keys.profiles);
        println!("  Space ID                  {}", keys.space_id);
    }
    println!("\nWhat it receives: {}/__sandbox/requests", sandbox.url());
    println!("A gateway reaches it with this in its configuration (config/keyferry.toml):\n");
    println!("{}", settings(&sandbox));
    stop.cancelled().await;
    sandbox.stop().await;
    Ok(())
}

/// Both regions: a key that one refuses is tried in the other, which else is Segment itself.
fn settings(sandbox: &RunningSandbox) -> String {
    let mut text = String::new();
    for region in ["us", "eu"] {
        text += &format!("[integrations.segment.servers.{region}]\n");
        for api in ["public_api", "tracking", "profiles"] {
            text += &format!("{api} = \"{}\"\n", sandbox.server(region, api));
        }
        text += "\n";
    }
    let network = IpNet::from(sandbox.address.ip());
    text += "[[egress.allow]]\nintegration = \"segment\"\n";
    text + &format!("host = \"{}\"\nnetwork = \"{network}\"\n", sandbox.address)
}

/// The keys in a file; new ones, kept there, when there is none.
pub(crate) fn kept_credentials(file: &Path) -> anyhow::Result<SandboxCredentials> {
    if let Some(kept) = private_file::read(file)? {
        return Ok(kept);
    }
    let credentials = SandboxCredentials::random();
    private_file::write(file, &credentials).context("can't keep the sandbox's keys")?;
    Ok(credentials)
}
