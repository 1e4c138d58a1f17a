//! `keyferry admin`: what the operator does beside a running gateway. Every change reaches it within half a second.

use crate::config::Config;
use crate::gateway::database;
use crate::gateway::master_keys::{open_vault, provider};
use anyhow::{Context, bail};
use clap::Subcommand;
use keyferry_client::Client;
use keyferry_core::{Clocks, ExposeSecret, SystemClock};
use keyferry_identity::{Follower, Identity, IdentityParts};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

const LINK_LASTS: Duration = Duration::from_secs(60 * 60);

#[derive(Debug, Subcommand)]
pub(crate) enum AdminCommand {
    /// A new link that makes the first account; the ones before no longer work
    SetupLink,
    /// A link that signs an existing account in once, for somebody who lost their password
    SignInLink { email: String },
    /// Ends a person's sessions and devices at once, and keeps them out
    Disable { email: String },
    /// Lets a disabled person in again
    Enable { email: String },
    /// Whether the gateway of this configuration answers; for container health checks
    Health,
}

pub(crate) async fn run(command: AdminCommand, config: &Config) -> anyhow::Result<()> {
    let base = address(config)?;
    if matches!(command, AdminCommand::Health) {
        return Ok(Client::new(base, None)?.ready().await?);
    }
    let db = database::open(config).await?;
    let vault = open_vault(provider(config).as_ref(), &db).await?;
    let clock: Clocks = Arc::new(SystemClock);
    let follower = Follower::new(db.clone(), Arc::clone(&clock)).await?;
    let base = base.as_str().trim_end_matches('/').to_owned();
    let identity = Identity::new(IdentityParts { db, vault, clock, follower, issuer: base.clone() });
    match command {
        AdminCommand::Health => Ok(()),
        AdminCommand::SetupLink => match identity.setup.begin().await? {
            Some(token) => printed(&format!("{base}/dashboard/setup/{}", token.expose_secret())),
            None => bail!("there is an account already: sign in, or use `keyferry admin sign-in-link EMAIL`"),
        },
        AdminCommand::SignInLink { email } => {
            let user = account(&identity, &email).await?;
            let token = identity.sign_in.link(&user, LINK_LASTS).await?;
            printed(&format!("{base}/dashboard/sign-in/{}", token.expose_secret()))
        }
        AdminCommand::Disable { email } => {
            identity.accounts.disable(&account(&identity, &email).await?).await?;
            printed(&format!("{email} is shut out: sessions ended, devices refused"))
        }
        AdminCommand::Enable { email } => {
            identity.accounts.enable(&account(&identity, &email).await?).await?;
            printed(&format!("{email} may sign in again"))
        }
    }
}

fn printed(line: &str) -> anyhow::Result<()> {
    println!("{line}");
    Ok(())
}

async fn account(identity: &Identity, email: &str) -> anyhow::Result<keyferry_core::UserId> {
    let found = identity.accounts.by_email(email).await?;
    Ok(found.with_context(|| format!("nobody has an account with the address {email}"))?.id)
}

/// Where the gateway of this configuration answers, from this machine.
fn address(config: &Config) -> anyhow::Result<Url> {
    if let Some(url) = &config.public_url && config.tls.cert.is_some() {
        return Ok(url.clone());
    }
    let mut address = config.listen;
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    Ok(Url::parse(&format!("http://{address}"))?)
}
