//! The keys, what each is for now, and how many records each seals.

use crate::print::{self, Column, Screen};
use keyferry_store::master_keys::{self, MasterKeyRow};
use keyferry_store::{Db, system};
use serde::Serialize;

#[derive(Serialize)]
struct Listed {
    id: String,
    state: &'static str,
    since: String,
    records: i64,
}

pub(super) async fn all(db: &Db, json: bool) -> anyhow::Result<()> {
    let mut keys = Vec::new();
    for MasterKeyRow { id, state, at } in master_keys::all(db).await? {
        let records = system::sealed_under(db, &id).await?;
        keys.push(Listed { id: id.to_string(), state: state.as_str(), since: at.rfc3339(), records });
    }
    if json {
        return print::json(&keys);
    }
    let head =
        [Column::Whole("key"), Column::Whole("state"), Column::Whole("since"), Column::Whole("records")];
    let rows = keys.into_iter().map(|key| [key.id, key.state.to_owned(), key.since, key.records.to_string()]);
    println!("{}", Screen::stdout().table(head, rows));
    Ok(())
}
