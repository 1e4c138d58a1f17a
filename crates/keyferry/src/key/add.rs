//! A new key in the key file, and its id in the database. With a ring from the environment, what is new in it is added.

use crate::config::Config;
use keyferry_core::{Clock, SystemClock};
use keyferry_store::{Db, master_keys};
use keyferry_vault::{KeyFile, KeyProvider};

pub(super) async fn one(config: &Config, provider: &dyn KeyProvider, db: &Db) -> anyhow::Result<()> {
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
        println!("added {id}. Give the key to every gateway, then: keyferry key activate --wait {id}");
    }
    if new.is_empty() {
        println!("nothing new: the database knows every key of {}", provider.describe());
    }
    Ok(())
}
