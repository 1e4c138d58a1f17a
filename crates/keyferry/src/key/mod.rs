//! `keyferry key`: the master keys' life, from the file to retirement, while gateways go on serving.

mod check;
mod rewrap;

use crate::config::Config;
use crate::gateway::database;
use crate::gateway::master_keys::{open_vault, provider};
use anyhow::bail;
use clap::Subcommand;
use comfy_table::{Table, presets};
use keyferry_core::{Clock, MasterKeyId, SystemClock};
use keyferry_store::master_keys::{self, MasterKeyRow, MasterKeyState};
use keyferry_store::{Db, replicas, system};
use keyferry_vault::{KeyFile, KeyProvider};
use std::time::Duration;

/// A replica that was not heard of for this long does not count.
const REPLICA_LIVES: Duration = Duration::from_secs(90);
/// How long a gateway may need to notice that another key seals now, generously.
const SETTLED: Duration = Duration::from_secs(10);

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Print the contents of a new key file; needs no database
    New,
    /// Add a new key to the key file, and tell the database of it
    Add,
    /// Seal with this key from now on; every gateway must have it
    Activate { id: MasterKeyId },
    /// Bring every record under the active key, while gateways go on serving
    Rewrap,
    /// Declare a key unused; refused while a record needs it
    Retire { id: MasterKeyId },
    /// Open every sealed record, and report those that don't
    Check,
    /// The keys, their states, and how many records each seals
    List,
}

pub(crate) async fn run(command: KeyCommand, config: &Config) -> anyhow::Result<()> {
    if matches!(command, KeyCommand::New) {
        print!("{}", *KeyFile::new_text());
        return Ok(());
    }
    let db = database::open(config).await?;
    let provider = provider(config);
    match command {
        KeyCommand::New => Ok(()),
        KeyCommand::Add => add(config, provider.as_ref(), &db).await,
        KeyCommand::Activate { id } => activate(provider.as_ref(), &db, &id).await,
        KeyCommand::Rewrap => rewrap::all(&open_vault(provider.as_ref(), &db).await?, &db).await,
        KeyCommand::Retire { id } => retire(&db, &id).await,
        KeyCommand::Check => check::all(&open_vault(provider.as_ref(), &db).await?, &db).await,
        KeyCommand::List => list(&db).await,
    }
}

/// With a key file, a new key is made in it. With a ring from the environment, what is new in it is added.
async fn add(config: &Config, provider: &dyn KeyProvider, db: &Db) -> anyhow::Result<()> {
    let file = KeyFile(config.key_file());
    if config.keys.ring.is_none() {
        let made = if file.0.exists() { file.add()? } else { file.create()? };
        println!("{made} is in {}", file.0.display());
    }
    let mut tx = db.begin().await?;
    let mut new = Vec::new();
    for id in provider.load()?.ids() {
        if master_keys::add(&mut tx, &id, SystemClock.now()).await? {
            new.push(id);
        }
    }
    tx.commit().await?;
    for id in &new {
        println!("added {id}. Give the key to every gateway, then: keyferry key activate {id}");
    }
    if new.is_empty() {
        println!("nothing new: the database knows every key of {}", provider.describe());
    }
    Ok(())
}

async fn activate(provider: &dyn KeyProvider, db: &Db, id: &MasterKeyId) -> anyhow::Result<()> {
    if !provider.load()?.contains(id) {
        bail!("{} does not hold {id}: add the key there first", provider.describe());
    }
    let now = SystemClock.now();
    let without: Vec<String> = replicas::live(db, now - REPLICA_LIVES)
        .await?
        .into_iter()
        .filter(|replica| !replica.key_ids.contains(id))
        .map(|replica| replica.id.to_string())
        .collect();
    if !without.is_empty() {
        bail!(
            "these gateways do not have {id} yet: {}. Give them the key (they read their key file every 30 s) and try \
             again; one that is gone is forgotten after {} s",
            without.join(", "),
            REPLICA_LIVES.as_secs()
        );
    }
    let mut tx = db.begin().await?;
    if !master_keys::activate(&mut tx, id, now).await? {
        bail!(
            "the database does not know {id}, or it is retired: `keyferry key add` first, `keyferry key list` shows them"
        );
    }
    tx.commit().await?;
    println!("{id} seals from now on. Next: keyferry key rewrap");
    Ok(())
}

async fn retire(db: &Db, id: &MasterKeyId) -> anyhow::Result<()> {
    let now = SystemClock.now();
    let keys = master_keys::all(db).await?;
    if let Some(active) = keys.iter().find(|key| key.state == MasterKeyState::Active) {
        if active.id == *id {
            bail!("{id} is the key that seals: activate another first");
        }
        if now.since(active.at) < SETTLED {
            bail!(
                "{} was activated a moment ago, and a gateway may still seal with {id}: try again in {} s",
                active.id,
                SETTLED.as_secs()
            );
        }
    }
    let mut tx = db.begin().await?;
    let used = system::sealed_under(&mut tx, id).await?;
    if used > 0 {
        bail!("{used} records are still sealed under {id}: run `keyferry key rewrap` first");
    }
    if !master_keys::retire(&mut tx, id, now).await? {
        bail!("the database knows no key {id} that could be retired: `keyferry key list` shows them");
    }
    tx.commit().await?;
    println!(
        "{id} is retired: take it out of every gateway's key file, and of backups when no old backup needs it"
    );
    Ok(())
}

async fn list(db: &Db) -> anyhow::Result<()> {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_header(["key", "state", "since", "records"]);
    for MasterKeyRow { id, state, at } in master_keys::all(db).await? {
        let records = system::sealed_under(db, &id).await?;
        table.add_row([id.to_string(), state.as_str().to_owned(), at.rfc3339(), records.to_string()]);
    }
    println!("{table}");
    Ok(())
}
