//! `keyferry admin`: what the operator does beside a running gateway. Every change reaches it within half a second.

use crate::config::Config;
use crate::gateway::database;
use crate::gateway::master_keys::{open_vault, provider};
use anyhow::{Context, bail};
use clap::Subcommand;
use keyferry_client::Client;
use keyferry_core::{Actor, Clocks, ExposeSecret, Principal, Role, SessionId, SystemClock};
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
    /// A link that lets one more person into the team of an owner or administrator
    Invite {
        /// Who invites
        by: String,
        #[arg(long, default_value = "member")]
        role: Role,
    },
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
    // Links are for people: they get the address that people know.
    let base = config.public_url.as_ref().unwrap_or(&base).as_str().trim_end_matches('/').to_owned();
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
        AdminCommand::Invite { by, role } => {
            let token = identity.invitations.invite(&manager(&identity, &by).await?, role).await?;
            printed(&format!("{base}/dashboard/invitation/{}", token.expose_secret()))
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

/// Somebody who may invite, as if they sat at the dashboard: whoever runs this command owns the database.
async fn manager(identity: &Identity, email: &str) -> anyhow::Result<Principal> {
    let user = account(identity, email).await?;
    let memberships = identity.members.teams_of(&user).await?;
    let team = memberships.into_iter().find(|membership| membership.role.may_manage());
    let team = team.with_context(|| format!("{email} manages no team"))?;
    Ok(Principal {
        team: team.team,
        user,
        role: team.role,
        actor: Actor::Person { session: SessionId::new() },
    })
}

async fn account(identity: &Identity, email: &str) -> anyhow::Result<keyferry_core::UserId> {
    let found = identity.accounts.by_email(email).await?;
    Ok(found.with_context(|| format!("nobody has an account with the address {email}"))?.id)
}

/// Where the gateway of this configuration answers, from this machine.
fn address(config: &Config) -> anyhow::Result<Url> {
    if config.tls.cert.is_some()
        && let Some(url) = &config.public_url
    {
        return Ok(url.clone());
    }
    let mut address = config.listen;
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    Ok(Url::parse(&format!("http://{address}"))?)
}
