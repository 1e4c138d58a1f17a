//! What comes out of a statement: a row of either engine, read into core's types.

use crate::StoreError;
pub(crate) use crate::record::{new_record, record, row};
pub(crate) use crate::words::words;
use keyferry_core::{
    CallId, ConfirmationId, ConnectSessionId, ConnectionId, Consent, CredentialId, DeviceId, Impact,
    MasterKeyId, PairingId, Region, ReplicaId, Role, Rule, SessionId, ShownTools, TeamId, Timestamp, UserId,
};
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

/// A struct that a row of `TABLE` can be read into.
pub(crate) trait FromRow: Sized {
    const TABLE: &'static str;

    fn from_row(row: &Row) -> Result<Self, StoreError>;
}

/// A type that one column can be read into.
pub(crate) trait Column: Sized {
    /// `None`: the column is NULL. `Err`: what is wrong with the value, without the value.
    fn read(row: &Row, name: &str) -> Result<Option<Self>, String>;

    fn required(row: &Row, name: &str) -> Result<Self, String> {
        Self::read(row, name)?.ok_or_else(|| "it is NULL".to_owned())
    }
}

impl Row {
    pub(crate) fn column<T: Column>(&self, table: &'static str, name: &str) -> Result<T, StoreError> {
        T::required(self, name).map_err(|what| StoreError::corrupt(table, format!("column `{name}`: {what}")))
    }
}

macro_rules! native {
    ($($type:ty),*) => {$(
        impl Column for $type {
            fn read(row: &Row, name: &str) -> Result<Option<Self>, String> {
                match row {
                    Row::Sqlite(row) => row.try_get(name),
                    Row::Postgres(row) => row.try_get(name),
                }
                .map_err(|error| error.to_string())
            }
        }
    )*};
}

native!(String, i64, bool, Vec<u8>);

impl<T: Column> Column for Option<T> {
    fn read(row: &Row, name: &str) -> Result<Option<Self>, String> {
        T::read(row, name).map(Some)
    }
}

impl Column for Timestamp {
    fn read(row: &Row, name: &str) -> Result<Option<Self>, String> {
        Ok(i64::read(row, name)?.map(Self))
    }
}

impl Column for Region {
    fn read(row: &Row, name: &str) -> Result<Option<Self>, String> {
        Ok(String::read(row, name)?.map(Self::new))
    }
}

impl Column for Consent {
    fn read(row: &Row, name: &str) -> Result<Option<Self>, String> {
        let known = [Self::None, Self::Preview, Self::Person];
        let parse = |text: String| {
            known
                .into_iter()
                .find(|consent| consent.as_str() == text)
                .ok_or_else(|| "not a consent".to_owned())
        };
        String::read(row, name)?.map(parse).transpose()
    }
}

macro_rules! parsed {
    ($($type:ty),* $(,)?) => {$(
        impl $crate::row::Column for $type {
            fn read(row: &$crate::row::Row, name: &str) -> Result<Option<Self>, String> {
                let parse = |text: String| text.parse().map_err(|_| format!("not a {}", stringify!($type)));
                <String as $crate::row::Column>::read(row, name)?.map(parse).transpose()
            }
        }
    )*};
}
pub(crate) use parsed;

parsed!(
    TeamId,
    UserId,
    DeviceId,
    ConnectionId,
    CredentialId,
    CallId,
    ConfirmationId,
    PairingId,
    ConnectSessionId,
    SessionId,
    MasterKeyId,
    ReplicaId,
    Role,
    Rule,
    Impact,
    ShownTools,
);

/// One number: a count, a counter, a sum. The statement names it `n`.
pub(crate) struct Number(pub(crate) i64);

impl FromRow for Number {
    const TABLE: &'static str = "a number";

    fn from_row(row: &Row) -> Result<Self, StoreError> {
        row.column(Self::TABLE, "n").map(Self)
    }
}

/// One text. The statement names it `text`.
pub(crate) struct Text(pub(crate) String);

impl FromRow for Text {
    const TABLE: &'static str = "a text";

    fn from_row(row: &Row) -> Result<Self, StoreError> {
        row.column(Self::TABLE, "text").map(Self)
    }
}
