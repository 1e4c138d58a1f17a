//! A gateway's identity over a fresh database, with a clock that only moves by hand.

use keyferry_core::{Clock, ExposeSecret, ManualClock, MasterKeyId, Principal, Rule, SecretString};
use keyferry_identity::{
    Approval, AuthError, Browser, Claim, Follower, Identity, IdentityParts, NewAccount, Presented, SignedIn,
    Starter, TokenPair,
};
use keyferry_store::Db;
use keyferry_testkit::database::{Database, Engine};
use keyferry_vault::{KeyRing, MasterKey, Vault};
use rand::RngExt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

pub(crate) const PASSWORD: &str = "correct horse battery";
/// Where the person's browser is.
pub(crate) const HOME: &str = "192.0.2.1";
/// A network of somebody else.
pub(crate) const ELSEWHERE: &str = "198.51.100.7";
pub(crate) const RESOURCE: &str = "https://keyferry.example/api";
pub(crate) const CLIENT: &str = "keyferry-cli";

pub(crate) struct House {
    pub(crate) clock: ManualClock,
    pub(crate) db: Db,
    pub(crate) vault: Vault,
    pub(crate) master: Master,
    pub(crate) identity: Identity,
    _database: Database,
}

/// A master key that can be put into more than one ring.
pub(crate) struct Master {
    pub(crate) id: MasterKeyId,
    secret: [u8; 32],
}

impl Master {
    pub(crate) fn random() -> Self {
        let mut secret = [0; 32];
        rand::rng().fill(&mut secret);
        Self { id: MasterKeyId::new(), secret }
    }

    pub(crate) fn key(&self) -> MasterKey {
        MasterKey::new(self.id.clone(), &self.secret).unwrap()
    }
}

/// A person with an account, signed in.
pub(crate) struct Person {
    pub(crate) principal: Principal,
    pub(crate) email: String,
    pub(crate) cookie: SecretString,
}

impl House {
    pub(crate) async fn new() -> Self {
        Self::on(Engine::Sqlite).await
    }

    /// On a named engine, for what Postgres could do at the same time and SQLite never does.
    pub(crate) async fn on(engine: Engine) -> Self {
        let database = Database::new(engine).await;
        let db = database.db.clone();
        let master = Master::random();
        let vault = Vault::new(KeyRing::new("the test", [master.key()]).unwrap(), master.id.clone()).unwrap();
        let clock = ManualClock::new();
        let identity = replica(&db, &vault, &clock).await;
        Self { clock, db, vault, master, identity, _database: database }
    }

    /// Another process of the same gateway.
    pub(crate) async fn replica(&self) -> Identity {
        replica(&self.db, &self.vault, &self.clock).await
    }

    pub(crate) fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// As [`House::wait`], with the changes read meanwhile, as the running follower does.
    pub(crate) async fn wait_following(&self, seconds: u64) {
        self.wait(seconds);
        self.identity.follower.catch_up().await.unwrap();
    }

    /// A person with an account of their own, signed in from home.
    pub(crate) async fn person(&self, name: &str) -> Person {
        let email = format!("{name}@example.com");
        let new = NewAccount { email: &email, name, password: &PASSWORD.into() };
        self.identity.accounts.create(&new).await.unwrap();
        self.signed_in(&email).await
    }

    pub(crate) async fn signed_in(&self, email: &str) -> Person {
        let session =
            self.identity.sign_in.with_password(email, &PASSWORD.into(), &browser(HOME)).await.unwrap();
        let found = self.identity.sessions.find(&session.cookie).await.unwrap();
        Person { principal: found.principal, email: email.to_owned(), cookie: session.cookie }
    }

    pub(crate) async fn session_of(&self, person: &Person) -> SignedIn {
        self.identity.sessions.find(&person.cookie).await.unwrap()
    }

    /// Lets a person into another's team, and answers as whom they act there.
    pub(crate) async fn join(&self, host: &Person, guest: &Person, role: keyferry_core::Role) -> Principal {
        let token = self.identity.invitations.invite(&host.principal, role).await.unwrap();
        self.identity.invitations.accept(&token, &guest.principal.user).await.unwrap();
        Principal { team: host.principal.team.clone(), role, ..guest.principal.clone() }
    }

    /// Pairs a device by code, from home.
    pub(crate) async fn pair(&self, person: &Person, rule: Rule) -> TokenPair {
        let started = self.identity.pairings.authorize_device(&starter(HOME)).await.unwrap();
        let code = started.user_code.to_string();
        let approval = Approval { rule, from_elsewhere: false };
        let pairings = &self.identity.pairings;
        pairings.approve(&person.principal, Claim::Code(&code), ip(HOME), &approval).await.unwrap();
        pairings.poll(&started.device_code, CLIENT, RESOURCE).await.unwrap()
    }

    pub(crate) async fn authenticate(&self, bearer: &str) -> Result<Principal, AuthError> {
        authenticate(&self.identity, bearer).await
    }

    pub(crate) fn now(&self) -> keyferry_core::Timestamp {
        self.clock.now()
    }
}

pub(crate) async fn authenticate(identity: &Identity, bearer: &str) -> Result<Principal, AuthError> {
    identity.authenticator.device(&presented(bearer)).await
}

pub(crate) fn presented(bearer: &str) -> Presented<'_> {
    Presented { bearer: Some(bearer), key: None, resource: RESOURCE, address: ip(HOME) }
}

pub(crate) fn starter(address: &str) -> Starter<'static> {
    Starter { label: Some("Jane’s laptop"), client: CLIENT, address: ip(address) }
}

pub(crate) fn browser(address: &str) -> Browser {
    Browser { address: ip(address), user_agent: "Mozilla/5.0".to_owned() }
}

pub(crate) fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

pub(crate) fn secret(secret: &SecretString) -> &str {
    secret.expose_secret()
}

async fn replica(db: &Db, vault: &Vault, clock: &ManualClock) -> Identity {
    let clock = Arc::new(clock.clone());
    let follower = Follower::new(db.clone(), clock.clone()).await.unwrap();
    Identity::new(IdentityParts {
        db: db.clone(),
        vault: vault.clone(),
        clock,
        follower,
        issuer: "https://keyferry.example".to_owned(),
    })
}
