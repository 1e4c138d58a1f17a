//! The running processes of the gateway: when each was last heard of, which master keys it has, and which one it seals
//! under.

use crate::bind::{binds, bound};
use crate::row::{Column, Row, record};
use crate::{StoreError, Via};
use keyferry_core::{MasterKeyId, ReplicaId, Timestamp};

record! {
    columns replica_columns from "replicas";
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Replica {
        pub id: ReplicaId,
        pub seen_at: Timestamp,
        pub key_ids: Vec<MasterKeyId>,
        /// `None`: it is of a version that does not tell.
        pub active_key: Option<MasterKeyId>,
    }
}

bound! {
    Vec<MasterKeyId> => Text, |it| it.iter().map(MasterKeyId::as_str).collect::<Vec<_>>().join(" ");
}

impl Column for Vec<MasterKeyId> {
    fn read(row: &Row, name: &str) -> Result<Option<Self>, String> {
        let parse = |text: String| text.split_whitespace().map(str::parse).collect::<Result<_, _>>();
        String::read(row, name)?.map(parse).transpose().map_err(|_| "not keys' ids".to_owned())
    }
}

/// The process is alive, and says which keys it has.
pub async fn seen<'a>(via: impl Into<Via<'a>>, replica: &Replica) -> Result<(), StoreError> {
    const SQL: &str = concat!(
        replica_columns!(insert),
        " ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at, key_ids = excluded.key_ids, \
         active_key = excluded.active_key"
    );
    via.into().put(SQL, replica).await.map(|_| ())
}

/// Those that were heard of at `since` or later.
pub async fn live<'a>(via: impl Into<Via<'a>>, since: Timestamp) -> Result<Vec<Replica>, StoreError> {
    const SQL: &str =
        concat!("SELECT ", replica_columns!(), " FROM replicas WHERE seen_at >= $1 ORDER BY id");
    via.into().all(SQL, binds![since]).await
}

/// The process stops.
pub async fn gone<'a>(via: impl Into<Via<'a>>, id: &ReplicaId) -> Result<(), StoreError> {
    const SQL: &str = "DELETE FROM replicas WHERE id = $1";
    via.into().execute(SQL, binds![id]).await.map(|_| ())
}
