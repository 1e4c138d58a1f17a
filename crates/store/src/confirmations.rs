//! Confirmations: the record that exactly one call was previewed by a device and, where the rule says so, approved by
//! a person. Used once, by `claim`.

use crate::bind::binds;
use crate::gates::Admission;
use crate::row::{record, words};
use crate::{Db, StoreError, Tx, Via, devices};
use keyferry_core::{
    CallId, ConfirmationId, ConnectionId, Consent, DeviceId, Impact, TeamId, Timestamp, UserId,
};

words! {
    pub enum ConfirmationStatus {
        /// Previewed; the call may follow.
        Open = "open",
        /// Waits for a person.
        Pending = "pending",
        Approved = "approved",
        Denied = "denied",
        Used = "used",
        /// Its device or connection is gone, or a newer one of the same call stands in its place.
        Void = "void",
    }
}

record! {
    columns confirmation_columns from "confirmations";
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Confirmation {
        pub id: ConfirmationId,
        pub team: TeamId = "team_id",
        pub device: DeviceId = "device_id",
        pub user: UserId = "user_id",
        pub connection: ConnectionId = "connection_id",
        pub tool: String,
        pub impact: Impact,
        pub digest: Vec<u8>,
        /// Of what the person saw; read again right before the send.
        pub state_hash: Option<Vec<u8>>,
        pub needs: Consent,
        /// Sealed.
        pub arguments: Vec<u8>,
        /// The preview as it was shown, sealed.
        pub shown: Vec<u8>,
        pub object: Option<String>,
        /// As written; whether its time is over is the reader's to see.
        pub status: ConfirmationStatus,
        pub created_at: Timestamp,
        /// Until then an open one may be used, and a pending one decided.
        pub expires_at: Timestamp,
        /// Until then an approved one may be used.
        pub use_until: Option<Timestamp>,
        pub decided_by: Option<UserId>,
        pub decided_at: Option<Timestamp>,
        /// The person's, sealed.
        pub reason: Option<Vec<u8>>,
        pub used_by: Option<CallId>,
    }
}

/// Writes a confirmation unless the device has `cap` unexpired ones of the same status. Of those that wait for a person
/// for one call, only the newest (by id) stands; another becomes, or is written as, void.
pub async fn insert(
    db: &Db,
    confirmation: &Confirmation,
    cap: i64,
    now: Timestamp,
) -> Result<Admission, StoreError> {
    const COUNT: &str = "SELECT COUNT(*) AS n FROM confirmations \
         WHERE team_id = $1 AND device_id = $2 AND status = $3 AND expires_at > $4";
    let mut tx = db.begin().await?;
    if !devices::lock(&mut tx, &confirmation.team, &confirmation.device).await? {
        return Ok(Admission::Gone);
    }
    if confirmation.status == ConfirmationStatus::Pending {
        if has_newer(&mut tx, confirmation, now).await? {
            let late = Confirmation { status: ConfirmationStatus::Void, ..confirmation.clone() };
            tx.via().insert(&late).await?;
            tx.commit().await?;
            return Ok(Admission::Admitted);
        }
        replace_older(&mut tx, confirmation, now).await?;
    }
    let binds = binds![confirmation.team, confirmation.device, confirmation.status, now];
    if tx.via().number(COUNT, binds).await? >= cap {
        return Ok(Admission::Full);
    }
    tx.via().insert(confirmation).await?;
    tx.commit().await?;
    Ok(Admission::Admitted)
}

/// Whether another request for the same call, made later, was written first.
async fn has_newer(tx: &mut Tx, one: &Confirmation, now: Timestamp) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT COUNT(*) AS n FROM confirmations \
         WHERE team_id = $1 AND device_id = $2 AND digest = $3 AND id > $4 AND status = 'pending' AND expires_at > $5";
    let binds = binds![one.team, one.device, one.digest, one.id, now];
    Ok(tx.via().number(SQL, binds).await? > 0)
}

/// Only the newest of a digest counts, so that an older one would be decided for nothing.
async fn replace_older(tx: &mut Tx, one: &Confirmation, now: Timestamp) -> Result<u64, StoreError> {
    const SQL: &str = "UPDATE confirmations SET status = 'void' \
         WHERE team_id = $1 AND device_id = $2 AND digest = $3 AND id < $4 \
         AND (status = 'pending' AND expires_at > $5 OR status = 'approved' AND use_until > $5)";
    tx.via().execute(SQL, binds![one.team, one.device, one.digest, one.id, now]).await
}

/// The device's newest confirmation of this digest, whatever became of it.
pub async fn newest<'a>(
    via: impl Into<Via<'a>>,
    team: &TeamId,
    device: &DeviceId,
    digest: &[u8],
) -> Result<Option<Confirmation>, StoreError> {
    const SQL: &str = concat!(
        "SELECT ",
        confirmation_columns!(),
        " FROM confirmations WHERE team_id = $1 AND device_id = $2 AND digest = $3 ORDER BY id DESC LIMIT 1"
    );
    via.into().optional(SQL, binds![team, device, digest]).await
}

/// What a call of the device used up.
pub async fn used_by<'a>(
    via: impl Into<Via<'a>>,
    team: &TeamId,
    device: &DeviceId,
    call: &CallId,
) -> Result<Option<Confirmation>, StoreError> {
    const SQL: &str = concat!(
        "SELECT ",
        confirmation_columns!(),
        " FROM confirmations WHERE team_id = $1 AND device_id = $2 AND used_by = $3 ORDER BY id DESC LIMIT 1"
    );
    via.into().optional(SQL, binds![team, device, call]).await
}

/// One of the device's own.
pub async fn get<'a>(
    via: impl Into<Via<'a>>,
    team: &TeamId,
    device: &DeviceId,
    id: &ConfirmationId,
) -> Result<Option<Confirmation>, StoreError> {
    const SQL: &str = concat!(
        "SELECT ",
        confirmation_columns!(),
        " FROM confirmations WHERE team_id = $1 AND device_id = $2 AND id = $3"
    );
    via.into().optional(SQL, binds![team, device, id]).await
}

/// The device's own that a person has or had to decide, the newest first.
pub async fn approvals_of_device<'a>(
    via: impl Into<Via<'a>>,
    team: &TeamId,
    device: &DeviceId,
    limit: i64,
) -> Result<Vec<Confirmation>, StoreError> {
    const SQL: &str = concat!(
        "SELECT ",
        confirmation_columns!(),
        " FROM confirmations WHERE team_id = $1 AND device_id = $2 AND needs = 'person' ORDER BY id DESC LIMIT $3"
    );
    via.into().all(SQL, binds![team, device, limit]).await
}

/// One that a person has or had to decide, if the user may see its connection.
pub async fn approval<'a>(
    via: impl Into<Via<'a>>,
    team: &TeamId,
    user: &UserId,
    id: &ConfirmationId,
) -> Result<Option<Confirmation>, StoreError> {
    const SQL: &str = concat!(
        "SELECT ",
        confirmation_columns!(),
        " FROM confirmations WHERE team_id = $1 AND id = $3 AND needs = 'person' \
         AND EXISTS (SELECT 1 FROM connections c WHERE c.team_id = $1 AND c.id = confirmations.connection_id \
         AND (c.owner_id IS NULL OR c.owner_id = $2))"
    );
    via.into().optional(SQL, binds![team, user, id]).await
}

/// Those that a person has or had to decide on connections that the user may see, the newest first; of one status or of
/// any.
pub async fn approvals<'a>(
    via: impl Into<Via<'a>>,
    team: &TeamId,
    user: &UserId,
    status: Option<ConfirmationStatus>,
    limit: i64,
) -> Result<Vec<Confirmation>, StoreError> {
    const SQL: &str = concat!(
        "SELECT ",
        confirmation_columns!(),
        " FROM confirmations WHERE team_id = $1 AND needs = 'person' AND status = COALESCE(CAST($3 AS TEXT), status) \
         AND EXISTS (SELECT 1 FROM connections c WHERE c.team_id = $1 AND c.id = confirmations.connection_id \
         AND (c.owner_id IS NULL OR c.owner_id = $2)) ORDER BY id DESC LIMIT $4"
    );
    via.into().all(SQL, binds![team, user, status, limit]).await
}

/// What a person decided.
#[derive(Debug, Clone, Copy)]
pub struct Decision<'a> {
    pub id: &'a ConfirmationId,
    pub by: &'a UserId,
    /// `Some`: approved, to be used by then. `None`: denied.
    pub use_until: Option<Timestamp>,
    /// Sealed.
    pub reason: Option<&'a [u8]>,
    pub at: Timestamp,
}

/// Writes a decision by somebody who may see the connection. Answers whether it still waited for one; of two who decide,
/// the first did.
pub async fn decide<'a>(
    via: impl Into<Via<'a>>,
    team: &TeamId,
    decision: &Decision<'_>,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE confirmations \
         SET status = $3, decided_by = $4, decided_at = $5, use_until = $6, reason = $7 \
         WHERE team_id = $1 AND id = $2 AND status = 'pending' AND expires_at > $5 \
         AND EXISTS (SELECT 1 FROM connections c WHERE c.team_id = $1 AND c.id = confirmations.connection_id \
         AND (c.owner_id IS NULL OR c.owner_id = $4) AND c.deleted_at IS NULL)";
    let status =
        if decision.use_until.is_some() { ConfirmationStatus::Approved } else { ConfirmationStatus::Denied };
    let binds =
        binds![team, decision.id, status, decision.by, decision.at, decision.use_until, decision.reason];
    via.into().changed(SQL, binds).await
}

/// Makes what the device has open worthless. Answers how many there were.
pub(crate) async fn void_of_device(tx: &mut Tx, team: &TeamId, device: &DeviceId) -> Result<u64, StoreError> {
    const SQL: &str = "UPDATE confirmations SET status = 'void' \
         WHERE team_id = $1 AND device_id = $2 AND status IN ('open', 'pending', 'approved')";
    tx.via().execute(SQL, binds![team, device]).await
}

/// Makes what is open on the connection worthless. Answers how many there were.
pub(crate) async fn void_of_connection(
    tx: &mut Tx,
    team: &TeamId,
    connection: &ConnectionId,
) -> Result<u64, StoreError> {
    const SQL: &str = "UPDATE confirmations SET status = 'void' \
         WHERE team_id = $1 AND connection_id = $2 AND status IN ('open', 'pending', 'approved')";
    tx.via().execute(SQL, binds![team, connection]).await
}

/// Makes an approval worthless, whoever gave it; one that was used counts for no retry either. Answers whether there was
/// one.
pub async fn void(tx: &mut Tx, team: &TeamId, id: &ConfirmationId) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE confirmations SET status = 'void' \
         WHERE team_id = $1 AND id = $2 AND status IN ('approved', 'used')";
    tx.via().changed(SQL, binds![team, id]).await
}
