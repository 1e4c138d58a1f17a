//! A key is declared unused, once nothing is sealed under it and no gateway seals with it.

use super::REPLICA_LIVES;
use super::wait::{Now, until};
use anyhow::bail;
use keyferry_core::{Clock, MasterKeyId, SystemClock};
use keyferry_store::Db;
use keyferry_store::master_keys::{self, Retirement};

pub(super) async fn one(db: &Db, id: &MasterKeyId, wait: bool) -> anyhow::Result<()> {
    until(wait, async || tried(db, id).await).await?;
    println!(
        "{id} is retired: take it out of every gateway's key file, and of backups when no old backup needs it"
    );
    Ok(())
}

async fn tried(db: &Db, id: &MasterKeyId) -> anyhow::Result<Now> {
    let now = SystemClock.now();
    let mut tx = db.begin().await?;
    match master_keys::retire(&mut tx, id, now - REPLICA_LIVES, now).await? {
        Retirement::Retired => {
            tx.commit().await?;
            Ok(Now::Done)
        }
        Retirement::SealsFor(gateways) => {
            let gateways: Vec<String> = gateways.iter().map(|replica| replica.id.to_string()).collect();
            Ok(Now::NotYet(format!(
                "a gateway may still seal with {id} ({}); each tells every 5 s, and one that is gone is forgotten after {} s",
                gateways.join(", "),
                REPLICA_LIVES.as_secs()
            )))
        }
        Retirement::Seals(records) => {
            bail!("{records} records are still sealed under {id}: run `keyferry key rewrap` first")
        }
        Retirement::Active => bail!("{id} is the key that seals: activate another first"),
        Retirement::Unknown => {
            bail!("the database knows no key {id} that could be retired: `keyferry key list` shows them")
        }
    }
}
