//! `keyferry admin`: what the operator does beside a running gateway. Every change reaches it within half a second.

mod erase;

use crate::beside::Beside;
use crate::config::Config;
use crate::gateway::assemble;
use crate::gateway::master_keys::{open_vault, provider};
use anyhow::{Context, anyhow, bail};
use clap::Subcommand;
use keyferry_client::Client;
use keyferry_core::{
    Actor, Clocks, ExposeSecret, Principal, Role, SecretString, SessionId, SystemClock, UserId,
};
use keyferry_identity::{Follower, Identity};
use std::sync::Arc;
use std::time::Duration;

const LINK_LASTS: Duration = Duration::from_secs(60 * 60);

#[derive(Debug, Subcommand)]
pub(crate) enum AdminCommand {
    /// Print a link that makes the first account
    SetupLink,
    /// Print a link that signs an account in once
    SignInLink {
        /// The account's e-mail address
        email: String,
    },
    /// Print a link that lets one more person into a team
    Invite {
        /// Who invites, not who comes: an owner's or administrator's
        #[arg(value_name = "YOUR_EMAIL")]
        by: String,
        /// viewer, member, admin or owner
        #[arg(long, value_name = "ROLE", default_value = "member")]
        role: Role,
    },
    /// Ends a person's sessions and devices at once, and keeps them out
    Disable {
        /// The account's e-mail address
        email: String,
    },
    /// Lets a disabled person in again
    Enable {
        /// The account's e-mail address
        email: String,
    },
    /// Delete what calls told about a person; counts first
    Erase(erase::Erase),
    /// Whether the gateway answers; for container health checks
    Health,
}

pub(crate) async fn run(command: AdminCommand, config: Config) -> anyhow::Result<()> {
    let beside = Beside::find(config)?;
    if matches!(command, AdminCommand::Health) {
        // Before the database is opened: that it is away is the gateway's to tell.
        let url = beside.local_url()?;
        Client::new(url.clone(), None)?.ready().await?;
        return printed(&format!("the gateway at {} can serve", url.as_str().trim_end_matches('/')));
    }
    if let AdminCommand::Erase(asked) = &command {
        return erase::run(asked, &beside).await;
    }
    let identity = identity(&beside).await?;
    match command {
        AdminCommand::Health | AdminCommand::Erase(_) => Ok(()),
        AdminCommand::SetupLink => match identity.setup.begin().await? {
            Some(token) => link(&beside, "setup", &token),
            None => bail!("there is an account already: sign in, or use `keyferry admin sign-in-link EMAIL`"),
        },
        AdminCommand::SignInLink { email } => {
            let user = account(&identity, &email).await?;
            link(&beside, "sign-in", &identity.sign_in.link(&user, LINK_LASTS).await?)
        }
        AdminCommand::Invite { by, role } => {
            let token = identity.invitations.invite(&manager(&identity, &by).await?, role).await?;
            link(&beside, "invitation", &token)
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

async fn identity(beside: &Beside) -> anyhow::Result<Identity> {
    let db = beside.database().await?;
    let vault = open_vault(provider(&beside.config).as_ref(), &db).await?;
    let clock: Clocks = Arc::new(SystemClock);
    let follower = Follower::new(db.clone(), Arc::clone(&clock)).await?;
    Ok(assemble::identity(db, vault, clock, follower, &beside.public_url()?))
}

/// On standard output the link alone, so that a script can take it.
fn link(beside: &Beside, kind: &str, token: &SecretString) -> anyhow::Result<()> {
    let base = beside.public_url()?;
    let base = base.as_str().trim_end_matches('/');
    printed(&format!("{base}/dashboard/{kind}/{}", token.expose_secret()))?;
    if !beside.answers() {
        eprintln!("No gateway answers on this machine now. The link works where it is served as {base}.");
    }
    Ok(())
}

fn printed(line: &str) -> anyhow::Result<()> {
    println!("{line}");
    Ok(())
}

/// Somebody who may invite, as if they sat at the dashboard: whoever runs this command owns the database.
async fn manager(identity: &Identity, email: &str) -> anyhow::Result<Principal> {
    let user = account(identity, email).await.map_err(|error| {
        anyhow!(
            "{error}; name the one who invites, an owner or administrator: who comes gives an address later"
        )
    })?;
    let memberships = identity.members.teams_of(&user).await?;
    let team = memberships.into_iter().find(|membership| membership.role.may_manage());
    let team =
        team.with_context(|| format!("{email} manages no team; name an owner or administrator of one"))?;
    Ok(Principal {
        team: team.team,
        user,
        role: team.role,
        actor: Actor::Person { session: SessionId::new() },
    })
}

async fn account(identity: &Identity, email: &str) -> anyhow::Result<UserId> {
    let found = identity.accounts.by_email(email).await?;
    Ok(found.with_context(|| format!("nobody has an account with the address {email}"))?.id)
}
