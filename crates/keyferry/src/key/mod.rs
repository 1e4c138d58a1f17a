//! `keyferry key`: the master keys' life, from the file to retirement, while gateways go on serving.

mod activate;
mod add;
mod check;
mod list;
mod retire;
mod rewrap;
mod wait;

use crate::beside::Beside;
use crate::config::Config;
use crate::gateway::master_keys::{open_vault, provider};
use clap::Subcommand;
use keyferry_core::MasterKeyId;
use keyferry_vault::KeyFile;
use std::time::Duration;

/// A gateway that was not heard of for this long does not count.
const REPLICA_LIVES: Duration = Duration::from_secs(90);

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Print the contents of a new key file; needs no database
    New,
    /// Add a new key to the key file, and tell the database of it
    Add,
    /// Seal with this key from now on; every gateway must have it
    Activate {
        /// The key's id, as `keyferry key add` told it
        id: MasterKeyId,
        /// Until every gateway has the key, 2 minutes at most
        #[arg(long)]
        wait: bool,
    },
    /// Bring every record under the active key
    Rewrap,
    /// Declare a key unused; refused while a record needs it
    Retire {
        /// The key's id, as `keyferry key list` shows it
        id: MasterKeyId,
        /// Until no gateway seals with it, some seconds
        #[arg(long)]
        wait: bool,
    },
    /// Open every sealed record, and report those that don't
    Check,
    /// The keys, their states, and how many records each seals
    List {
        /// Print it as JSON
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(command: KeyCommand, config: Config) -> anyhow::Result<()> {
    if matches!(command, KeyCommand::New) {
        print!("{}", *KeyFile::new_text());
        return Ok(());
    }
    let beside = Beside::find(config)?;
    let db = beside.database().await?;
    let provider = provider(&beside.config);
    match command {
        KeyCommand::New => Ok(()),
        KeyCommand::Add => add::one(&beside.config, provider.as_ref(), &db).await,
        KeyCommand::Activate { id, wait } => activate::one(provider.as_ref(), &db, &id, wait).await,
        KeyCommand::Rewrap => rewrap::all(&open_vault(provider.as_ref(), &db).await?, &db).await,
        KeyCommand::Retire { id, wait } => retire::one(&db, &id, wait).await,
        KeyCommand::Check => check::all(&open_vault(provider.as_ref(), &db).await?, &db).await,
        KeyCommand::List { json } => list::all(&db, json).await,
    }
}
