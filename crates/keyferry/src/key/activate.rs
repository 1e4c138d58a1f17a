//! Another key seals from now on, once every gateway has it.

use super::REPLICA_LIVES;
use super::wait::{Now, until};
use anyhow::bail;
use keyferry_core::{Clock, MasterKeyId, SystemClock};
use keyferry_store::{Db, master_keys, replicas};
use keyferry_vault::KeyProvider;

pub(super) async fn one(
    provider: &dyn KeyProvider,
    db: &Db,
    id: &MasterKeyId,
    wait: bool,
) -> anyhow::Result<()> {
    if !provider.load()?.contains(id) {
        bail!("{} does not hold {id}: add the key there first", provider.describe());
    }
    until(wait, async || without(db, id).await).await?;
    let mut tx = db.begin().await?;
    if !master_keys::activate(&mut tx, id, SystemClock.now()).await? {
        bail!(
            "the database does not know {id}, or it is retired: `keyferry key add` first, `keyferry key list` shows them"
        );
    }
    tx.commit().await?;
    println!(
        "{id} seals from now on; what was sealed before still needs its own key. Next: keyferry key rewrap"
    );
    Ok(())
}

/// Whether a live gateway lacks the key.
async fn without(db: &Db, id: &MasterKeyId) -> anyhow::Result<Now> {
    let live = replicas::live(db, SystemClock.now() - REPLICA_LIVES).await?;
    let count = live.len();
    let lacking: Vec<String> = live
        .into_iter()
        .filter(|replica| !replica.key_ids.contains(id))
        .map(|replica| replica.id.to_string())
        .collect();
    if lacking.is_empty() {
        return Ok(Now::Done);
    }
    Ok(Now::NotYet(format!(
        "{} of {count} gateways do not have {id} yet ({}); each reads its key file every 30 s, and one that is gone is \
         forgotten after {} s",
        lacking.len(),
        lacking.join(", "),
        REPLICA_LIVES.as_secs()
    )))
}
