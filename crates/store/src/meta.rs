//! What a database says about itself, as names and values: whose it is, whether it is a demo's.

use crate::bind::binds;
use crate::row::Text;
use crate::{StoreError, Via};

pub async fn get<'a>(via: impl Into<Via<'a>>, name: &str) -> Result<Option<String>, StoreError> {
    const SQL: &str = "SELECT value AS text FROM meta WHERE name = $1";
    let found: Option<Text> = via.into().optional(SQL, binds![name]).await?;
    Ok(found.map(|text| text.0))
}

/// Answers whether the name was free; a value that is there stays.
pub async fn set_if_absent<'a>(via: impl Into<Via<'a>>, name: &str, value: &str) -> Result<bool, StoreError> {
    const SQL: &str = "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
    via.into().changed(SQL, binds![name, value]).await
}
