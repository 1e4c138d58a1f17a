//! Every record under the active key: in batches, each record by itself, so that it can be stopped and begun again.

use anyhow::bail;
use indicatif::ProgressBar;
use keyferry_store::Db;
use keyferry_store::system::{self, SealedRow, SealedTable};
use keyferry_vault::Vault;

const BATCH: i64 = 200;

pub(super) async fn all(vault: &Vault, db: &Db) -> anyhow::Result<()> {
    let (mut rewrapped, mut broken) = (0u64, 0u64);
    let bar = ProgressBar::new_spinner();
    for table in SealedTable::ALL {
        let mut after = String::new();
        loop {
            let batch = system::sealed_batch(db, table, &after, BATCH).await?;
            let Some(last) = batch.last() else { break };
            after.clone_from(&last.record);
            for row in &batch {
                match one(vault, db, table, row).await {
                    Ok(changed) => rewrapped += u64::from(changed),
                    Err(error) => {
                        broken += 1;
                        bar.suspend(|| eprintln!("{table:?} {}: {error:#}", row.record));
                    }
                }
            }
            bar.set_message(format!("{rewrapped} records brought under {}", vault.active()));
            bar.tick();
        }
    }
    bar.finish_and_clear();
    println!("{rewrapped} records were brought under {}", vault.active());
    if broken > 0 {
        bail!("{broken} records could not be rewrapped; `keyferry key check` tells more");
    }
    Ok(())
}

/// Answers whether the record changed. One that somebody replaced meanwhile is under the active key already.
async fn one(vault: &Vault, db: &Db, table: SealedTable, row: &SealedRow) -> anyhow::Result<bool> {
    match vault.rewrap(&row.record, &row.sealed) {
        Ok(None) => Ok(false),
        Ok(Some(sealed)) => Ok(system::replace_sealed(db, table, row, &vault.active(), &sealed).await?),
        Err(error) => bail!("{}", error.reason()),
    }
}
