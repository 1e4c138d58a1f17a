//! A team with a person, a device and a connection, and short ways to make more of them.

use keyferry_core::{
    CallId, ConfirmationId, ConnectionId, Consent, CredentialId, DeviceId, Impact, MasterKeyId, Region, Role,
    Rule, ShownTools, TeamId, Timestamp, UserId,
};
use keyferry_store::claim::{self, Claim, Claimed, GiveBack};
use keyferry_store::{
    Confirmation, ConfirmationStatus, Connection, Credential, Db, Device, Health, NewCall, NewConnection,
    Outcome, StoreError, Team, User, calls, confirmations, connections, credentials, devices, members, teams,
    users,
};
use keyferry_testkit::database::{Database, Engine};
use std::time::Duration;

pub(crate) const START: Timestamp = Timestamp(1_700_000_000_000_000);
pub(crate) const MINUTE: Duration = Duration::from_secs(60);

pub(crate) struct World {
    pub(crate) database: Database,
    pub(crate) db: Db,
    pub(crate) team: TeamId,
    pub(crate) user: UserId,
    pub(crate) device: DeviceId,
    pub(crate) connection: Connection,
}

impl World {
    pub(crate) async fn new(engine: Engine) -> Self {
        let database = Database::new(engine).await;
        let db = database.db.clone();
        let team = team(&db).await;
        let user = member(&db, &team, Role::Owner).await;
        let device = device(&db, &team, &user).await;
        let connection = connection(&db, &team, None, &user, true).await;
        Self { database, db, team, user, device, connection }
    }

    pub(crate) fn call(&self) -> NewCall {
        NewCall {
            id: CallId::new(),
            team: self.team.clone(),
            user: self.user.clone(),
            device: Some(self.device.clone()),
            connection: Some(self.connection.id.clone()),
            parent: None,
            tool: "segment_track".to_owned(),
            integration: "segment".to_owned(),
            impact: Impact::Write,
            digest: vec![7; 32],
            confirmation: None,
            object: Some("source 1".to_owned()),
            arguments: Some(vec![1, 2, 3]),
            idempotency_hash: None,
            subjects: vec![[9; 32]],
            started_at: START,
            deadline_at: START + MINUTE,
        }
    }

    /// What a preview of `call()` leaves.
    pub(crate) fn confirmation(&self, needs: Consent) -> Confirmation {
        Confirmation {
            id: ConfirmationId::new(),
            team: self.team.clone(),
            device: self.device.clone(),
            user: self.user.clone(),
            connection: self.connection.id.clone(),
            tool: "segment_track".to_owned(),
            impact: Impact::Write,
            digest: vec![7; 32],
            state_hash: None,
            needs,
            arguments: vec![4],
            shown: vec![5],
            object: None,
            status: match needs {
                Consent::Person => ConfirmationStatus::Pending,
                Consent::None | Consent::Preview => ConfirmationStatus::Open,
            },
            created_at: START,
            expires_at: START + 10 * MINUTE,
            use_until: None,
            decided_by: None,
            decided_at: None,
            reason: None,
            used_by: None,
        }
    }

    pub(crate) async fn previewed(&self, needs: Consent) -> Confirmation {
        let confirmation = self.confirmation(needs);
        confirmations::insert(&self.db, &confirmation, 50, START).await.unwrap();
        confirmation
    }

    pub(crate) async fn stored(&self, call: &CallId) -> keyferry_store::Call {
        let whose = calls::Whose::Person(&self.user);
        calls::get(&self.db, &self.team, whose, call).await.unwrap().unwrap()
    }
}

pub(crate) fn outcome(state: keyferry_store::CallState) -> Outcome {
    Outcome {
        state,
        sent_may: true,
        result: Some(vec![6; 10]),
        status: Some(200),
        error_code: None,
        error_message: None,
        attempts: 1,
        bytes_in: 10,
        bytes_out: 20,
        finished_at: START + Duration::from_secs(1),
    }
}

pub(crate) async fn team(db: &Db) -> TeamId {
    let team = Team { id: TeamId::new(), name: "Team".to_owned(), created_at: START };
    teams::insert(db, &team).await.unwrap();
    team.id
}

pub(crate) fn someone() -> User {
    let id = UserId::new();
    let email = format!("{id}@example.com");
    User { id, email, name: "Someone".to_owned(), password_hash: None, disabled_at: None, created_at: START }
}

pub(crate) async fn member(db: &Db, team: &TeamId, role: Role) -> UserId {
    let user = someone();
    let mut tx = db.begin().await.unwrap();
    users::insert(&mut tx, &user).await.unwrap();
    members::add(&mut tx, team, &user.id, role, START).await.unwrap();
    tx.commit().await.unwrap();
    user.id
}

pub(crate) fn unpaired(team: &TeamId, user: &UserId) -> Device {
    Device {
        id: DeviceId::new(),
        team: team.clone(),
        user: user.clone(),
        label: "laptop".to_owned(),
        client: "keyferry-cli".to_owned(),
        rule: Rule::Confirm,
        generation: 1,
        token_hash: None,
        token_last4: None,
        created_at: START,
        last_used_at: None,
        last_address: None,
        expires_at: None,
        revoked_at: None,
        shown_tools: ShownTools::default(),
    }
}

pub(crate) async fn device(db: &Db, team: &TeamId, user: &UserId) -> DeviceId {
    let device = unpaired(team, user);
    let mut tx = db.begin().await.unwrap();
    devices::insert(&mut tx, &device).await.unwrap();
    tx.commit().await.unwrap();
    device.id
}

pub(crate) async fn connection(
    db: &Db,
    team: &TeamId,
    owner: Option<&UserId>,
    by: &UserId,
    is_default: bool,
) -> Connection {
    let new = NewConnection {
        id: ConnectionId::new(),
        team: team.clone(),
        integration: "segment".to_owned(),
        owner: owner.cloned(),
        label: "workspace".to_owned(),
        region: Region::new("eu"),
        is_default,
        created_by: by.clone(),
        created_at: START,
    };
    let mut tx = db.begin().await.unwrap();
    let connection = connections::insert(&mut tx, &new).await.unwrap();
    tx.commit().await.unwrap();
    connection
}

pub(crate) async fn credential(db: &Db, connection: &Connection, slot: &str) -> Credential {
    let credential = Credential {
        id: CredentialId::new(),
        team: connection.team.clone(),
        connection: connection.id.clone(),
        slot: slot.to_owned(),
        version: 1,
        fields: [("space_id".to_owned(), "spa_\"1\"".to_owned())].into(),
        key_id: MasterKeyId::new(),
        sealed: vec![0, 255, 7],
        health: Health::Untested,
        health_message: None,
        tested_at: None,
        created_at: START,
        updated_at: START,
    };
    let mut tx = db.begin().await.unwrap();
    assert!(credentials::put(&mut tx, &credential).await.unwrap());
    tx.commit().await.unwrap();
    credential
}

/// Runs the same a hundred times at once.
pub(crate) async fn hundred<T, F>(mut make: impl FnMut(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let tasks: Vec<_> = (0..100).map(|n| tokio::spawn(make(n))).collect();
    let mut results = Vec::with_capacity(tasks.len());
    for task in tasks {
        results.push(task.await.unwrap());
    }
    results
}

/// Claims in a transaction of its own.
pub(crate) async fn claim(db: &Db, wanted: &Claim) -> Result<Claimed, StoreError> {
    claim::claim(db.begin().await?, wanted).await
}

/// Writes how a call ended; its key and confirmation stay used.
pub(crate) async fn record(
    db: &Db,
    team: &TeamId,
    call: &CallId,
    outcome: &Outcome,
) -> Result<bool, StoreError> {
    claim::release(db, team, call, outcome, &GiveBack::default()).await
}
