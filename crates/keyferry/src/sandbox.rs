//! `keyferry sandbox`: the stand-in for outside systems, by itself.

use crate::gateway::signals;
use crate::private_file;
use anyhow::Context;
use keyferry_sandbox::{Sandbox, SandboxCredentials, SandboxSettings};
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
    println!("A stand-in for Segment listens on {}. Its keys open nothing else.", sandbox.url());
    for (region, keys) in [("us", &sandbox.credentials.us), ("eu", &sandbox.credentials.eu)] {
        println!("\n{region}");
        println!("  server           {}/{region}/{{public_api,tracking,profiles}}", sandbox.url());
        println!("  Public API token {}", keys.public_api);
        println!("  write key        {}", keys.tracking().unwrap_or_default());
        println!("  Profiles token   {}", keys.profiles);
        println!("  space            {}", keys.space_id);
    }
    println!("\nWhat it receives: {}/__sandbox/requests", sandbox.url());
    stop.cancelled().await;
    sandbox.stop().await;
    Ok(())
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
