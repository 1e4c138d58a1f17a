//! From where the master keys come, which one seals, and how a running gateway learns that this changed.

use crate::config::Config;
use anyhow::{Context, bail};
use keyferry_core::{Clock, MasterKeyId, SystemClock};
use keyferry_identity::Follower;
use keyferry_store::master_keys::{self, MasterKeyState};
use keyferry_store::{ChangeKind, Db};
use keyferry_vault::{KeyEnvironment, KeyFile, KeyProvider, KeyRing, Vault};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

/// How often the key file is read again.
const REREAD: Duration = Duration::from_secs(30);

/// The configured source of keys. The ring in the configuration beats the file.
pub(crate) fn provider(config: &Config) -> Arc<dyn KeyProvider> {
    match &config.keys.ring {
        Some(ring) => Arc::new(KeyEnvironment(ring.clone())),
        None => Arc::new(KeyFile(config.key_file())),
    }
}

/// Makes the key file when this is a first start on SQLite. Anywhere else a missing key is an error: another machine
/// may hold the one that the database was sealed with.
pub(crate) async fn make_if_first(config: &Config, db: &Db) -> anyhow::Result<()> {
    let file = config.key_file();
    if config.keys.ring.is_some() || file.exists() {
        return Ok(());
    }
    let known = master_keys::all(db).await?;
    if !known.is_empty() {
        bail!(
            "the key file {} is missing, and this database is sealed with master key {}: put the file back, or name \
             it with `keys.file`",
            file.display(),
            known.iter().map(|key| key.id.as_str()).collect::<Vec<_>>().join(", ")
        );
    }
    if db.engine() != "sqlite" {
        bail!(
            "there is no master key at {}: make one with `keyferry key new > {0}` (every gateway of this database \
             needs the same file), or name another with `keys.file`",
            file.display()
        );
    }
    KeyFile(file.clone()).create()?;
    let file = file.display();
    tracing::warn!(
        "made the master key {file}: keep a copy of it apart from the data; losing it loses every sealed secret"
    );
    Ok(())
}

/// The vault, sealing with the active key. The first key of a new database becomes active.
pub(crate) async fn open_vault(provider: &dyn KeyProvider, db: &Db) -> anyhow::Result<Vault> {
    let ring = provider.load()?;
    let active = active(db).await?;
    let active = match active {
        Some(id) => id,
        None => register(db, &ring).await?,
    };
    if !ring.contains(&active) {
        bail!(
            "the database is sealed with master key {active}, which {} does not hold: put that key back, or name the \
             right file with `keys.file`",
            provider.describe()
        );
    }
    Ok(Vault::new(ring, active)?)
}

async fn active(db: &Db) -> anyhow::Result<Option<MasterKeyId>> {
    let keys = master_keys::all(db).await.context("can't read which master key is active")?;
    Ok(keys.into_iter().find(|key| key.state == MasterKeyState::Active).map(|key| key.id))
}

/// Adds the ring's keys to a database that knows none, and lets the first seal.
async fn register(db: &Db, ring: &KeyRing) -> anyhow::Result<MasterKeyId> {
    let now = SystemClock.now();
    let first = ring.ids().into_iter().next().context("the key ring is empty")?;
    let mut tx = db.begin().await?;
    for id in ring.ids() {
        master_keys::add(&mut tx, &id, now).await?;
    }
    master_keys::activate(&mut tx, &first, now).await?;
    tx.commit().await?;
    Ok(first)
}

/// Keeps the ring and the active key current, for as long as the gateway runs.
pub(crate) async fn watch(provider: Arc<dyn KeyProvider>, db: Db, vault: Vault, follower: Follower) {
    let mut changes = follower.subscribe();
    let mut reread = tokio::time::interval(REREAD);
    loop {
        let due = tokio::select! {
            _ = reread.tick() => true,
            change = changes.recv() => match change {
                Ok(change) => change.kind == ChangeKind::Key,
                Err(RecvError::Lagged(_)) => true,
                Err(RecvError::Closed) => return,
            },
        };
        if due && let Err(error) = refresh(provider.as_ref(), &db, &vault).await {
            tracing::error!(
                error = format!("{error:#}"),
                "the master keys could not be read anew; the ones held stay in use"
            );
        }
    }
}

async fn refresh(provider: &dyn KeyProvider, db: &Db, vault: &Vault) -> anyhow::Result<()> {
    let ring = provider.load()?;
    let active = active(db).await?.context("no master key is active")?;
    if ring.contains(&active) && active != vault.active() {
        // The new ring first: a key can only be activated when it is there.
        vault.replace_ring(ring)?;
        vault.activate(active)?;
        return Ok(());
    }
    Ok(vault.replace_ring(ring)?)
}
