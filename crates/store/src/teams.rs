//! Teams: the tenants.

use crate::bind::binds;
use crate::row::record;
use crate::{StoreError, Tx, Via};
use keyferry_core::{TeamId, Timestamp};

record! {
    columns team_columns from "teams";
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Team {
        pub id: TeamId,
        pub name: String,
        pub created_at: Timestamp,
    }
}

pub async fn insert<'a>(via: impl Into<Via<'a>>, team: &Team) -> Result<(), StoreError> {
    const SQL: &str = concat!(
        "INSERT INTO teams (",
        team_columns!(),
        ", connections) VALUES (",
        team_columns!(places),
        ", CAST(0 AS BIGINT))"
    );
    via.into().put(SQL, team).await.map(|_| ())
}

pub async fn get<'a>(via: impl Into<Via<'a>>, team: &TeamId) -> Result<Option<Team>, StoreError> {
    const SQL: &str = concat!("SELECT ", team_columns!(), " FROM teams WHERE id = $1");
    via.into().optional(SQL, binds![team]).await
}

/// Every team, the oldest first; for the operator's commands.
pub async fn all<'a>(via: impl Into<Via<'a>>) -> Result<Vec<Team>, StoreError> {
    const SQL: &str = concat!("SELECT ", team_columns!(), " FROM teams ORDER BY id");
    via.into().all(SQL, binds![]).await
}

/// Answers whether the team exists.
pub async fn rename<'a>(via: impl Into<Via<'a>>, team: &TeamId, name: &str) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE teams SET name = $2 WHERE id = $1";
    via.into().changed(SQL, binds![team, name]).await
}

/// Makes every other transaction that locks this team wait until this one ends. Answers whether the team exists.
pub async fn lock(tx: &mut Tx, team: &TeamId) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE teams SET connections = connections WHERE id = $1";
    tx.via().changed(SQL, binds![team]).await
}

/// The next number for a connection: one more than any that the team ever had.
pub(crate) async fn next_connection_number(tx: &mut Tx, team: &TeamId) -> Result<Option<i64>, StoreError> {
    const SQL: &str =
        "UPDATE teams SET connections = connections + 1 WHERE id = $1 RETURNING connections AS n";
    let number: Option<crate::row::Number> = tx.via().optional_changed(SQL, binds![team]).await?;
    Ok(number.map(|number| number.0))
}
