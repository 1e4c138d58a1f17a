//! A gateway's heart with a person, a device and a connected Segment.

use keyferry_broker::{
    Broker, BrokerParts, CallRequest, Composites, Failed, Limits, NewConnection, Retention, Servers,
    SlotInput,
};
use keyferry_catalog::Catalog;
use keyferry_core::{
    Actor, Clock, DeviceId, ManualClock, Principal, Region, Role, Rule, SecretString, SessionId, ShownTools,
    TeamId, UserId,
};
use keyferry_egress::{AllowRule, Egress, EgressSettings};
use keyferry_identity::Follower;
use keyferry_sandbox::{RunningSandbox, Sandbox, SandboxCredentials, SandboxSettings};
use keyferry_store::{Db, Device, Team, User, devices, members, teams, users};
use keyferry_testkit::database::{Database, Engine};
use keyferry_upstream::{Settings, Upstream, UpstreamParts};
use keyferry_vault::{KeyRing, MasterKey, Vault};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use url::Url;

pub(crate) struct Rig {
    pub(crate) broker: Broker,
    pub(crate) db: Db,
    pub(crate) vault: Vault,
    pub(crate) clock: ManualClock,
    pub(crate) follower: Follower,
    pub(crate) sandbox: RunningSandbox,
    /// The owner of the team, in a browser.
    pub(crate) person: Principal,
    /// That person's device, with the rule `confirm`.
    pub(crate) device: Principal,
    pub(crate) stop: CancellationToken,
    /// Ends after `stop`; says whether everything was written.
    pub(crate) running: JoinHandle<bool>,
    database: Database,
}

/// What a test may want otherwise.
#[derive(Default)]
pub(crate) struct Wish {
    pub(crate) composites: Composites,
    pub(crate) settings: Settings,
    pub(crate) limits: Limits,
}

/// The segment catalog, read once for all tests.
pub(crate) fn catalog() -> Arc<Catalog> {
    static CATALOG: OnceLock<Arc<Catalog>> = OnceLock::new();
    Arc::clone(CATALOG.get_or_init(|| Arc::new(Catalog::embedded().unwrap())))
}

impl Rig {
    /// With Segment connected: all three slots.
    pub(crate) async fn new() -> Self {
        Self::on(Engine::Sqlite).await
    }

    /// The same on either engine.
    pub(crate) async fn on(engine: Engine) -> Self {
        let rig = Self::made(engine, Wish::default()).await;
        rig.connect("Main", false).await;
        rig
    }

    pub(crate) async fn unconnected() -> Self {
        Self::made(Engine::Sqlite, Wish::default()).await
    }

    pub(crate) async fn with(wish: Wish) -> Self {
        let rig = Self::made(Engine::Sqlite, wish).await;
        rig.connect("Main", false).await;
        rig
    }

    pub(crate) async fn made(engine: Engine, wish: Wish) -> Self {
        let Wish { composites, settings: exchanges, limits } = wish;
        let database = Database::new(engine).await;
        let db = database.db.clone();
        let clock = ManualClock::new();
        let settings =
            SandboxSettings::new(SocketAddr::from(([127, 0, 0, 1], 0)), SandboxCredentials::random());
        let sandbox = Sandbox::start(settings).await.unwrap();
        let follower = Follower::new(db.clone(), Arc::new(clock.clone())).await.unwrap();
        let vault = vault();
        let upstream = upstream(&db, &vault, &clock, sandbox.address.port(), exchanges);
        let broker = Broker::new(BrokerParts {
            db: db.clone(),
            vault: vault.clone(),
            catalog: catalog(),
            upstream,
            clock: Arc::new(clock.clone()),
            follower: follower.clone(),
            public_url: Url::parse("https://keyferry.example").unwrap(),
            servers: servers(&sandbox),
            retention: Retention::default(),
            limits,
            composites,
        });
        let stop = CancellationToken::new();
        let running = broker.clone();
        let stopping = stop.clone();
        let running = tokio::spawn(async move { running.run(stopping, Duration::from_secs(5)).await });
        let (team, person) = member(&db, &clock, None, Role::Owner).await;
        let device = device(&db, &clock, &team, &person.user, Rule::Confirm).await;
        Self { broker, db, vault, clock, follower, sandbox, person, device, stop, running, database }
    }

    /// Connects Segment in the US with the sandbox's keys; answers the connection's number.
    pub(crate) async fn connect(&self, label: &str, shared: bool) -> i64 {
        let keys = self.sandbox.credentials.us.clone();
        let inputs = [
            input("public_api", &keys.public_api, &[]),
            input("tracking", keys.tracking().unwrap(), &[]),
            input("profiles", &keys.profiles, &[("space_id", &keys.space_id)]),
        ];
        let connected =
            self.broker.connect_with(&self.person, &segment(label, shared), inputs.into(), None).await;
        connected.unwrap().connection.number
    }

    pub(crate) async fn connect_empty(&self, label: &str, shared: bool) -> i64 {
        let new = segment(label, shared);
        self.broker.connect_with(&self.person, &new, Vec::new(), None).await.unwrap().connection.number
    }

    /// Fills a slot; answers what its test said.
    pub(crate) async fn fill(
        &self,
        number: i64,
        slot: &str,
        secret: &str,
        fields: &[(&str, &str)],
    ) -> String {
        let input = input(slot, secret, fields);
        self.broker.save_slot(&self.person, number, input).await.unwrap().health.state
    }

    /// A second device of the person.
    pub(crate) async fn another_device(&self, rule: Rule) -> Principal {
        device(&self.db, &self.clock, &self.person.team, &self.person.user, rule).await
    }

    /// Somebody else in the same team.
    pub(crate) async fn another_member(&self, role: Role) -> Principal {
        member(&self.db, &self.clock, Some(self.person.team.clone()), role).await.1
    }

    /// Somebody in another team, with a device.
    pub(crate) async fn stranger(&self) -> (Principal, Principal) {
        let (team, person) = member(&self.db, &self.clock, None, Role::Owner).await;
        let device = device(&self.db, &self.clock, &team, &person.user, Rule::Trusted).await;
        (person, device)
    }

    /// Moves the clock, and lets the follower read at the new time.
    pub(crate) async fn later(&self, by: Duration) {
        self.clock.advance(by);
        self.follower.catch_up().await.unwrap();
    }

    pub(crate) async fn call(&self, tool: &str, arguments: Value) -> Result<Value, Failed> {
        self.call_with(&self.device, tool, request(arguments)).await
    }

    /// The answer as it goes out.
    pub(crate) async fn call_with(
        &self,
        device: &Principal,
        tool: &str,
        request: CallRequest,
    ) -> Result<Value, Failed> {
        let answer = self.broker.call(device, tool, request).await?;
        Ok(serde_json::to_value(answer).unwrap())
    }

    pub(crate) async fn preview(&self, tool: &str, arguments: Value) -> Result<Value, Failed> {
        let answer = self.broker.preview(&self.device, tool, request(arguments)).await?;
        Ok(serde_json::to_value(answer).unwrap())
    }

    /// What the sandbox received at this method and path since it was last asked, slot tests aside.
    pub(crate) fn received(&self, method: &str, path: &str) -> Vec<Value> {
        let all = self.sandbox.requests(0);
        let is_it =
            |one: &Value| one["method"] == method && one["path"].as_str().is_some_and(|p| p.ends_with(path));
        all.into_iter().filter(is_it).collect()
    }

    /// Arms a fault.
    pub(crate) async fn fault(&self, fault: Value) {
        let body = fault.to_string();
        let mut stream = tokio::net::TcpStream::connect(self.sandbox.address).await.unwrap();
        let head = format!(
            "POST /__sandbox/faults HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all((head + &body).as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    }

    /// The id of a seeded source.
    pub(crate) async fn source(&self, slug: &str) -> String {
        let listed = self.call("segment_list_sources", json!({"limit": 200})).await.unwrap();
        let sources = listed["result"]["data"]["sources"].as_array().unwrap().clone();
        let found = sources.iter().find(|source| source["slug"] == slug).unwrap();
        found["id"].as_str().unwrap().to_owned()
    }

    /// The journal's rows of the device, newest first, once everything queued is written.
    pub(crate) async fn journal(&self) -> Vec<Value> {
        self.written().await;
        let query = keyferry_broker::CallsQuery { beneath: true, limit: Some(200), ..Default::default() };
        let list = self.broker.calls(&self.device, &query).await.unwrap();
        serde_json::to_value(list.calls).unwrap().as_array().unwrap().clone()
    }

    /// Every byte of the database, on SQLite.
    pub(crate) fn stored(&self) -> Vec<u8> {
        let file = self.database.url().strip_prefix("sqlite:").unwrap();
        let log = std::fs::read(format!("{file}-wal")).unwrap_or_default();
        [std::fs::read(file).unwrap(), log].concat()
    }

    /// Waits until the journal's writer has nothing left.
    pub(crate) async fn written(&self) {
        tokio::time::timeout(Duration::from_secs(10), self.broker.flush_journal()).await.unwrap();
    }
}

pub(crate) fn request(arguments: Value) -> CallRequest {
    CallRequest { arguments, ..CallRequest::default() }
}

/// A connection of Segment in the US.
pub(crate) fn segment(label: &str, shared: bool) -> NewConnection {
    NewConnection { integration: "segment".into(), region: Region::new("us"), label: label.into(), shared }
}

/// What is typed into a slot.
pub(crate) fn input(slot: &str, secret: &str, fields: &[(&str, &str)]) -> SlotInput {
    let fields: BTreeMap<String, String> =
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    SlotInput { slot: slot.into(), secret: SecretString::from(secret), fields }
}

/// The code of a failed call.
pub(crate) fn code<T: std::fmt::Debug>(result: Result<T, Failed>) -> &'static str {
    result.unwrap_err().failure.code.as_str()
}

fn vault() -> Vault {
    let key = MasterKey::generate();
    let id = key.id.clone();
    Vault::new(KeyRing::new("the test", [key]).unwrap(), id).unwrap()
}

fn upstream(db: &Db, vault: &Vault, clock: &ManualClock, port: u16, exchanges: Settings) -> Upstream {
    let allow = AllowRule {
        integration: "segment".into(),
        host: "127.0.0.1".into(),
        port,
        network: "127.0.0.0/8".parse().unwrap(),
    };
    let settings =
        EgressSettings { allow: vec![allow], extra_ca: None, connect_timeout: Duration::from_secs(5) };
    Upstream::new(UpstreamParts {
        egress: Egress::new(settings).unwrap(),
        vault: vault.clone(),
        db: db.clone(),
        catalog: catalog(),
        clock: Arc::new(clock.clone()),
        settings: exchanges,
    })
}

fn servers(sandbox: &RunningSandbox) -> Servers {
    let mut servers = Servers::default();
    for region in ["us", "eu"] {
        for api in ["public_api", "tracking", "profiles"] {
            servers.set("segment", region, api, Url::parse(&sandbox.server(region, api)).unwrap());
        }
    }
    servers
}

async fn member(db: &Db, clock: &ManualClock, team: Option<TeamId>, role: Role) -> (TeamId, Principal) {
    let (user, now) = (UserId::new(), clock.now());
    let row = User {
        id: user.clone(),
        email: format!("{user}@example.com"),
        name: "Jane".into(),
        password_hash: None,
        disabled_at: None,
        created_at: now,
    };
    users::insert(db, &row).await.unwrap();
    let team = match team {
        Some(team) => team,
        None => {
            let team = Team { id: TeamId::new(), name: "A team".into(), created_at: now };
            teams::insert(db, &team).await.unwrap();
            team.id
        }
    };
    let mut tx = db.begin().await.unwrap();
    members::add(&mut tx, &team, &user, role, now).await.unwrap();
    tx.commit().await.unwrap();
    let actor = Actor::Person { session: SessionId::new() };
    (team.clone(), Principal { team, user, role, actor })
}

async fn device(db: &Db, clock: &ManualClock, team: &TeamId, user: &UserId, rule: Rule) -> Principal {
    let id = DeviceId::new();
    let row = Device {
        id: id.clone(),
        team: team.clone(),
        user: user.clone(),
        label: "Agent".into(),
        client: "test".into(),
        rule,
        generation: 1,
        token_hash: None,
        token_last4: None,
        created_at: clock.now(),
        last_used_at: None,
        last_address: None,
        expires_at: None,
        revoked_at: None,
        shown_tools: ShownTools::default(),
    };
    let mut tx = db.begin().await.unwrap();
    devices::insert(&mut tx, &row).await.unwrap();
    tx.commit().await.unwrap();
    let actor = Actor::Device { id, rule, shown_tools: ShownTools::default() };
    Principal { team: team.clone(), user: user.clone(), role: Role::Owner, actor }
}
