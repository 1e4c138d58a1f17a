//! Every sealed record is opened once, bound to its row as it will be when it is needed.

use anyhow::bail;
use keyferry_store::Db;
use keyferry_store::system::{self, SealedRow, SealedTable};
use keyferry_vault::{OpenError, Vault};

const BATCH: i64 = 200;

pub(super) async fn all(vault: &Vault, db: &Db) -> anyhow::Result<()> {
    let (mut opened, mut broken) = (0u64, 0u64);
    for table in SealedTable::ALL {
        let mut after = String::new();
        loop {
            let batch = system::sealed_batch(db, table, &after, BATCH).await?;
            let Some(last) = batch.last() else { break };
            after.clone_from(&last.record);
            for row in &batch {
                match opens(vault, table, row) {
                    Ok(()) => opened += 1,
                    Err(error) => {
                        broken += 1;
                        eprintln!("{table:?} {} (under {}): {}", row.record, row.key_id, error.reason());
                    }
                }
            }
        }
    }
    println!("{opened} sealed records open, {broken} do not");
    if broken > 0 {
        bail!("some records do not open: restore them, or let their owners connect again");
    }
    Ok(())
}

fn opens(vault: &Vault, table: SealedTable, row: &SealedRow) -> Result<(), OpenError> {
    match table {
        SealedTable::Credentials => keyferry_upstream::credential::opens(vault, row),
        SealedTable::SigningKeys => keyferry_identity::signing_key_opens(vault, row),
        SealedTable::TeamKeys => keyferry_broker::team_key_opens(vault, row),
    }
}
