//! A store with people in it: written through the store's own functions and sealed under the gateway's own key, as the
//! gateway itself would have written it.

use super::{PUBLIC_API_KEY, WRITE_KEY};
use keyferry_core::{
    Clock, ConnectionId, CredentialId, DeviceId, MasterKeyId, Region, Role, Rule, SecretString, SystemClock,
    TeamId, Timestamp, UserId,
};
use keyferry_identity::DeviceToken;
use keyferry_store::{
    Connection, Credential, Db, Device, Health, NewConnection, Team, Tx, User, connections, credentials,
    devices, members, teams, users,
};
use keyferry_upstream::credential::{self, Identity};
use keyferry_vault::Vault;
use sha2::{Digest, Sha256};

/// People of a team, where there are many.
const TEAM: usize = 100;

/// Who is in the store.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Seed {
    /// One person with one connection, and so many devices of theirs.
    One { devices: usize },
    /// So many people in teams of a hundred, each with a connection and a device of their own.
    Each(usize),
}

/// Who was planted. Every other device is trusted; those between ask before they write.
#[derive(Debug, Clone)]
pub(crate) struct Seeded {
    pub(crate) people: usize,
    /// In the order in which they were made.
    pub(crate) devices: Vec<Planted>,
}

/// A device.
#[derive(Debug, Clone)]
pub(crate) struct Planted {
    pub(crate) team: TeamId,
    pub(crate) user: UserId,
    pub(crate) id: DeviceId,
    pub(crate) token: String,
}

impl Seeded {
    pub(crate) fn all(&self) -> Vec<&str> {
        self.devices.iter().map(|device| device.token.as_str()).collect()
    }

    pub(crate) fn trusted(&self) -> Vec<&str> {
        self.all().into_iter().step_by(2).collect()
    }

    /// Of devices whose writes have to be previewed.
    pub(crate) fn asking(&self) -> Vec<&str> {
        self.all().into_iter().skip(1).step_by(2).collect()
    }
}

/// What is needed to write as the gateway does.
pub(crate) struct Seeder<'a> {
    pub(crate) db: &'a Db,
    pub(crate) vault: &'a Vault,
    pub(crate) key: MasterKeyId,
}

impl Seeder<'_> {
    pub(crate) async fn plant(&self, seed: Seed) -> Seeded {
        let (people, each) = match seed {
            Seed::One { devices } => (1, devices),
            Seed::Each(people) => (people, 1),
        };
        let mut devices = Vec::with_capacity(people * each);
        for first in (0..people).step_by(TEAM) {
            let mut tx = self.db.begin().await.expect("the database answers");
            let team = team(&mut tx, first).await;
            for number in first..people.min(first + TEAM) {
                let user = person(&mut tx, &team, number).await;
                self.connect(&mut tx, &team, &user).await;
                for _ in 0..each {
                    let rule = if devices.len() % 2 == 0 { Rule::Trusted } else { Rule::Confirm };
                    devices.push(device(&mut tx, &team, &user, rule).await);
                }
            }
            tx.commit().await.expect("the database takes what was planted");
        }
        Seeded { people, devices }
    }

    async fn connect(&self, tx: &mut Tx, team: &TeamId, user: &UserId) {
        let new = NewConnection {
            id: ConnectionId::new(),
            team: team.clone(),
            integration: "segment".to_owned(),
            owner: Some(user.clone()),
            label: "Measured".to_owned(),
            region: Region::new("us"),
            is_default: true,
            created_by: user.clone(),
            created_at: now(),
        };
        let connection = connections::insert(tx, &new).await.expect("a new connection");
        for (slot, secret) in [("public_api", PUBLIC_API_KEY), ("tracking", WRITE_KEY)] {
            let credential = self.sealed(&connection, slot, secret);
            assert!(credentials::put(tx, &credential).await.expect("a new credential"));
        }
    }

    fn sealed(&self, connection: &Connection, slot: &str, secret: &str) -> Credential {
        let id = CredentialId::new();
        let bound = Identity { connection, id: &id, slot, version: 1 };
        let sealed = credential::seal(self.vault, bound, &SecretString::from(secret)).expect("it seals");
        Credential {
            team: connection.team.clone(),
            connection: connection.id.clone(),
            slot: slot.to_owned(),
            version: 1,
            fields: Default::default(),
            key_id: self.key.clone(),
            sealed,
            health: Health::Verified,
            health_message: None,
            tested_at: Some(now()),
            created_at: now(),
            updated_at: now(),
            id,
        }
    }
}

async fn device(tx: &mut Tx, team: &TeamId, user: &UserId, rule: Rule) -> Planted {
    let token = DeviceToken::new().expose().to_owned();
    let device = Device {
        id: DeviceId::new(),
        team: team.clone(),
        user: user.clone(),
        label: "Measured".to_owned(),
        client: "bench".to_owned(),
        rule,
        generation: 1,
        token_hash: Some(Sha256::digest(token.as_bytes()).to_vec()),
        token_last4: Some(token[token.len() - 4..].to_owned()),
        created_at: now(),
        last_used_at: None,
        last_address: None,
        expires_at: None,
        revoked_at: None,
        shown_tools: Default::default(),
    };
    devices::insert(tx, &device).await.expect("a new device");
    Planted { team: device.team, user: device.user, id: device.id, token }
}

async fn team(tx: &mut Tx, number: usize) -> TeamId {
    let team = Team { id: TeamId::new(), name: format!("Team {number}"), created_at: now() };
    teams::insert(&mut *tx, &team).await.expect("a new team");
    team.id
}

async fn person(tx: &mut Tx, team: &TeamId, number: usize) -> UserId {
    let user = User {
        id: UserId::new(),
        email: format!("person-{number}@keyferry.example"),
        name: format!("Person {number}"),
        password_hash: None,
        disabled_at: None,
        created_at: now(),
    };
    users::insert(&mut *tx, &user).await.expect("a new person");
    members::add(tx, team, &user.id, Role::Owner, now()).await.expect("a new member");
    user.id
}

fn now() -> Timestamp {
    SystemClock.now()
}
