//! The claim: in one transaction, the idempotency key, the confirmation and the intent. Row counts decide, so that of a
//! hundred calls with one confirmation exactly one is sent.

use crate::bind::binds;
use crate::calls::{self, NewCall, Outcome};
use crate::confirmations::{self, ConfirmationStatus};
use crate::idempotency::{self, IdempotencyRow, KeyPlace, KeyState};
use crate::{Db, StoreError, Tx};
use keyferry_core::{CallId, ConfirmationId, TeamId, Timestamp};

/// What a call needs to be sent.
#[derive(Debug, Clone)]
pub struct Claim {
    pub call: NewCall,
    /// Now: what the confirmation and the key are measured by. The call itself may have begun a while ago.
    pub claimed_at: Timestamp,
    /// To be used up.
    pub confirmation: Option<ConfirmationId>,
    pub idempotency: Option<IdempotencyClaim>,
}

#[derive(Debug, Clone)]
pub struct IdempotencyClaim {
    pub key_hash: Vec<u8>,
    pub expires_at: Timestamp,
    /// The call that had this key, ended without an answer, and may be made again because it is idempotent upstream.
    /// What confirmed it confirms the new one.
    pub takes_over: Option<CallId>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claimed {
    /// The intent is durable; the call may be sent.
    Taken,
    /// Somebody used the confirmation before.
    ConfirmationUsed(Option<CallId>),
    /// It expired, was denied, became void, or was never this device's for this digest.
    ConfirmationGone,
    /// The key has been used; nothing is to be sent.
    KeySeen(IdempotencyRow),
}

/// Claims a call in a transaction in which the caller has seen that it may be made, and ends the transaction. Unless it
/// answers `Taken`, nothing was written.
///
/// # Errors
/// `Refused` when a confirmation or key is claimed by a call without a device or a connection.
pub async fn claim(mut tx: Tx, claim: &Claim) -> Result<Claimed, StoreError> {
    if let Some(key) = &claim.idempotency
        && let Some(seen) = take_key(&mut tx, claim, key).await?
    {
        tx.rollback().await?;
        return Ok(Claimed::KeySeen(seen));
    }
    if let Some(id) = &claim.confirmation
        && !take_confirmation(&mut tx, &claim.call, claim.claimed_at, id).await?
    {
        let refusal = why_not(&mut tx, &claim.call, id).await?;
        tx.rollback().await?;
        return Ok(refusal);
    }
    calls::insert(&mut tx, &claim.call).await?;
    tx.commit().await?;
    Ok(Claimed::Taken)
}

/// `None`: the key is taken. `Some`: who has it.
async fn take_key(
    tx: &mut Tx,
    claim: &Claim,
    key: &IdempotencyClaim,
) -> Result<Option<IdempotencyRow>, StoreError> {
    let (call, now) = (&claim.call, claim.claimed_at);
    let (Some(device), Some(connection)) = (&call.device, &call.connection) else {
        return Err(StoreError::Refused("a key belongs to a device and a connection".into()));
    };
    let row = IdempotencyRow {
        team: call.team.clone(),
        device: device.clone(),
        connection: connection.clone(),
        tool: call.tool.clone(),
        key_hash: key.key_hash.clone(),
        digest: call.digest.clone(),
        call: call.id.clone(),
        state: KeyState::Running,
        created_at: now,
        expires_at: key.expires_at,
    };
    if idempotency::take(tx, &row, key.takes_over.as_ref()).await? {
        if let Some(earlier) = &key.takes_over {
            inherit_confirmation(tx, &call.team, earlier, &call.id).await?;
        }
        return Ok(None);
    }
    let place = KeyPlace { device, connection, tool: &call.tool, key_hash: &key.key_hash };
    let seen = idempotency::find(tx, &call.team, place, now).await?;
    seen.map(Some)
        .ok_or_else(|| StoreError::Unavailable("an idempotency key vanished while it was claimed".into()))
}

async fn inherit_confirmation(
    tx: &mut Tx,
    team: &TeamId,
    earlier: &CallId,
    call: &CallId,
) -> Result<(), StoreError> {
    const SQL: &str =
        "UPDATE confirmations SET used_by = $3 WHERE team_id = $1 AND used_by = $2 AND status = 'used'";
    tx.via().execute(SQL, binds![team, earlier, call]).await.map(|_| ())
}

/// Uses a confirmation up, if it is this device's for this digest and still good, or was inherited by this very call.
pub(crate) async fn take_confirmation(
    tx: &mut Tx,
    call: &NewCall,
    now: Timestamp,
    id: &ConfirmationId,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE confirmations SET status = 'used', used_by = $5 \
         WHERE team_id = $1 AND id = $2 AND device_id = $3 AND digest = $4 \
         AND ((status = 'open' AND needs <> 'person' AND expires_at > $6) \
         OR (status = 'approved' AND use_until > $6) \
         OR (status = 'used' AND used_by = $5))";
    let Some(device) = &call.device else {
        return Err(StoreError::Refused("a confirmation belongs to a device".into()));
    };
    tx.via().changed(SQL, binds![call.team, id, device, call.digest, call.id, now]).await
}

pub(crate) async fn why_not(tx: &mut Tx, call: &NewCall, id: &ConfirmationId) -> Result<Claimed, StoreError> {
    let Some(device) = &call.device else { return Ok(Claimed::ConfirmationGone) };
    let found = confirmations::get(tx, &call.team, device, id).await?;
    Ok(match found {
        Some(found) if found.status == ConfirmationStatus::Used && found.digest == call.digest => {
            Claimed::ConfirmationUsed(found.used_by)
        }
        _ => Claimed::ConfirmationGone,
    })
}

/// What a call that certainly sent nothing gives back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GiveBack {
    pub key: bool,
    /// Its own; never the one that it took over, by which an earlier call may have arrived.
    pub confirmation: bool,
    /// The call that it took key and confirmation over from: with the key, both go back to that one.
    pub taken_from: Option<CallId>,
}

/// Writes how a call ended and, in the same transaction, gives back what it claimed. Answers `false`, and changes
/// nothing, when the call had ended before; that the sweep took it for lost does not count.
pub async fn release(
    db: &Db,
    team: &TeamId,
    call: &CallId,
    outcome: &Outcome,
    back: &GiveBack,
) -> Result<bool, StoreError> {
    let mut tx = db.begin().await?;
    if !calls::settle(&mut tx, team, call, outcome).await? {
        return Ok(false);
    }
    match &back.taken_from {
        Some(earlier) if back.key => {
            hand_back_confirmation(&mut tx, team, call, earlier).await?;
            idempotency::hand_back(&mut tx, team, call, earlier).await?;
        }
        _ if back.key => idempotency::settle(&mut tx, team, call, KeyState::Released).await?,
        _ => idempotency::settle(&mut tx, team, call, KeyState::Finished).await?,
    }
    if back.confirmation {
        give_back_confirmation(&mut tx, team, call).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// What the call inherited; what it claimed itself stays its own.
async fn hand_back_confirmation(
    tx: &mut Tx,
    team: &TeamId,
    call: &CallId,
    earlier: &CallId,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE confirmations SET used_by = $3 \
         WHERE team_id = $1 AND used_by = $2 AND status = 'used' \
         AND NOT EXISTS (SELECT 1 FROM calls c WHERE c.team_id = $1 AND c.id = $2 \
         AND c.confirmation_id = confirmations.id)";
    tx.via().execute(SQL, binds![team, call, earlier]).await.map(|_| ())
}

/// What it was before: open, or approved. One whose device or connection went in the meantime stays used.
async fn give_back_confirmation(tx: &mut Tx, team: &TeamId, call: &CallId) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE confirmations SET used_by = NULL, \
         status = CASE WHEN needs = 'person' THEN 'approved' ELSE 'open' END \
         WHERE team_id = $1 AND used_by = $2 AND status = 'used' \
         AND EXISTS (SELECT 1 FROM devices d WHERE d.team_id = $1 AND d.id = confirmations.device_id \
         AND d.revoked_at IS NULL) \
         AND EXISTS (SELECT 1 FROM connections c WHERE c.team_id = $1 AND c.id = confirmations.connection_id \
         AND c.deleted_at IS NULL)";
    tx.via().execute(SQL, binds![team, call]).await.map(|_| ())
}
