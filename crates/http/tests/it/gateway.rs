//! A whole gateway without a listener: requests go to its router.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use keyferry_broker::{
    Broker, BrokerParts, Composites, Limits, NewConnection, Retention, Servers, SlotInput,
};
use keyferry_catalog::Catalog;
use keyferry_core::{
    Actor, Clock, Clocks, DeviceId, ManualClock, Principal, Region, Role, Rule, SecretString, SessionId,
};
use keyferry_egress::{AllowRule, Egress, EgressSettings};
use keyferry_http::{Compat, DoorLimits, DoorParts, Doors};
use keyferry_identity::{Account, Follower, Identity, IdentityParts, NewAccount, NewDevice};
use keyferry_sandbox::{RunningSandbox, Sandbox, SandboxCredentials, SandboxSettings};
use keyferry_store::{Db, members};
use keyferry_upstream::{Settings, Upstream, UpstreamParts};
use keyferry_vault::{KeyRing, MasterKey, Vault};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use url::Url;

/// Nothing in these tests takes as long: what does will not happen.
pub(crate) const IN_VAIN: Duration = Duration::from_secs(30);
pub(crate) const PUBLIC_URL: &str = "https://keys.example.com";

pub(crate) struct Gateway {
    pub(crate) db: Db,
    pub(crate) router: Router,
    pub(crate) doors: Doors,
    pub(crate) broker: Broker,
    pub(crate) identity: Identity,
    pub(crate) clock: ManualClock,
    pub(crate) sandbox: RunningSandbox,
    pub(crate) stop: CancellationToken,
    _folder: TempDir,
}

/// A person with a team of their own.
pub(crate) struct Person {
    pub(crate) principal: Principal,
}

impl Gateway {
    pub(crate) async fn new() -> Self {
        Self::with_limits(DoorLimits::default()).await
    }

    pub(crate) async fn with_limits(limits: DoorLimits) -> Self {
        Self::of(limits, Catalog::embedded().unwrap()).await
    }

    pub(crate) async fn with_catalog(catalog: Catalog) -> Self {
        Self::of(DoorLimits::default(), catalog).await
    }

    async fn of(limits: DoorLimits, catalog: Catalog) -> Self {
        let folder = TempDir::new().unwrap();
        let db = Db::open(&format!("sqlite:{}", folder.path().join("keyferry.db").display())).await.unwrap();
        db.migrate().await.unwrap();
        let clock = ManualClock::new();
        let clocks: Clocks = Arc::new(clock.clone());
        let key = MasterKey::generate();
        let active = key.id.clone();
        let vault = Vault::new(KeyRing::new("test", [key]).unwrap(), active).unwrap();
        let follower = Follower::new(db.clone(), clocks.clone()).await.unwrap();
        let listen = "127.0.0.1:0".parse().unwrap();
        let sandbox =
            Sandbox::start(SandboxSettings::new(listen, SandboxCredentials::random())).await.unwrap();
        let identity = Identity::new(IdentityParts {
            db: db.clone(),
            vault: vault.clone(),
            clock: clocks.clone(),
            follower: follower.clone(),
            issuer: PUBLIC_URL.to_owned(),
        });
        let broker = broker(&db, vault, (&clocks, catalog), follower, &sandbox);
        let stop = CancellationToken::new();
        let doors = Doors::new(DoorParts {
            broker: broker.clone(),
            identity: identity.clone(),
            db: db.clone(),
            clock: clocks,
            public_url: Url::parse(PUBLIC_URL).unwrap(),
            limits,
            compat: Compat { hermes: true },
            leaving: stop.child_token(),
            stop: stop.clone(),
        });
        let running = (broker.clone(), stop.clone());
        tokio::spawn(async move { running.0.run(running.1, Duration::from_secs(5)).await });
        let router = keyferry_http::router(doors.clone());
        Self { db, router, doors, broker, identity, clock, sandbox, stop, _folder: folder }
    }

    /// An account with a team, whose owner it is.
    pub(crate) async fn person(&self, email: &str) -> Person {
        let password = SecretString::from("correct horse battery staple");
        let account = NewAccount { email, name: "Ada", password: &password };
        let Account { user, team } = self.identity.accounts.create(&account).await.unwrap();
        let actor = Actor::Person { session: SessionId::new() };
        Person { principal: Principal { team, user, role: Role::Owner, actor } }
    }

    /// A member of the person's team.
    pub(crate) async fn colleague(&self, person: &Person, email: &str) -> Person {
        let mut other = self.person(email).await;
        (other.principal.team, other.principal.role) = (person.principal.team.clone(), Role::Member);
        let Principal { team, user, role, .. } = &other.principal;
        let mut tx = self.db.begin().await.unwrap();
        members::add(&mut tx, team, user, *role, self.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        other
    }

    /// The token of a new device of the person.
    pub(crate) async fn device(&self, person: &Person, rule: Rule) -> String {
        self.named_device(person, rule).await.1
    }

    /// A new device of the person, and its token.
    pub(crate) async fn named_device(&self, person: &Person, rule: Rule) -> (DeviceId, String) {
        let new = NewDevice { label: "laptop", client: "test", rule, expires_at: None };
        let (device, token) = self.identity.devices.create(&person.principal, &new).await.unwrap();
        (device.id, token.expose().to_owned())
    }

    /// Connects the sandbox's American workspace, all three slots; answers the connection's number.
    pub(crate) async fn connect(&self, person: &Person) -> i64 {
        let new = NewConnection {
            integration: "segment".to_owned(),
            region: Region::new("us"),
            label: "Sandbox".to_owned(),
            shared: false,
        };
        let keys = &self.sandbox.credentials.us;
        let space = BTreeMap::from([("space_id".to_owned(), keys.space_id.clone())]);
        let slots = [
            ("public_api", keys.public_api.as_str(), BTreeMap::new()),
            ("tracking", keys.tracking().unwrap(), BTreeMap::new()),
            ("profiles", keys.profiles.as_str(), space),
        ];
        let inputs = slots.map(|(slot, secret, fields)| SlotInput {
            slot: slot.to_owned(),
            secret: SecretString::from(secret),
            fields,
        });
        let connected = self.broker.connect_with(&person.principal, &new, inputs.into(), None).await;
        connected.unwrap().connection.number
    }

    /// A person with the sandbox connected and a device that previews before it writes.
    pub(crate) async fn with_device() -> (Self, Person, String) {
        let gateway = Self::new().await;
        let person = gateway.person("ada@example.com").await;
        gateway.connect(&person).await;
        let token = gateway.device(&person, Rule::Confirm).await;
        (gateway, person, token)
    }

    pub(crate) fn get(&self, path: &str) -> Asking {
        Asking::new(self, Method::GET, path)
    }

    pub(crate) fn ask(&self, method: Method, path: &str) -> Asking {
        Asking::new(self, method, path)
    }

    pub(crate) fn post(&self, path: &str) -> Asking {
        Asking::new(self, Method::POST, path)
    }
}

fn broker(
    db: &Db,
    vault: Vault,
    (clock, catalog): (&Clocks, Catalog),
    follower: Follower,
    sandbox: &RunningSandbox,
) -> Broker {
    let catalog = Arc::new(catalog);
    let egress = Egress::new(EgressSettings {
        allow: vec![AllowRule {
            integration: "segment".to_owned(),
            host: "127.0.0.1".to_owned(),
            port: sandbox.address.port(),
            network: "127.0.0.0/8".parse().unwrap(),
        }],
        extra_ca: None,
        connect_timeout: Duration::from_secs(2),
    })
    .unwrap();
    let upstream = Upstream::new(UpstreamParts {
        egress,
        vault: vault.clone(),
        db: db.clone(),
        catalog: catalog.clone(),
        clock: clock.clone(),
        settings: Settings::default(),
    });
    let mut servers = Servers::default();
    for region in ["us", "eu"] {
        for api in ["public_api", "tracking", "profiles"] {
            servers.set("segment", region, api, sandbox.server(region, api).parse().unwrap());
        }
    }
    Broker::new(BrokerParts {
        db: db.clone(),
        vault,
        catalog,
        upstream,
        clock: clock.clone(),
        follower,
        public_url: Url::parse(PUBLIC_URL).unwrap(),
        servers,
        retention: Retention::default(),
        limits: Limits::default(),
        composites: Composites::default(),
    })
}

/// Waits until something is so.
///
/// # Panics
/// When it is not so for far longer than it takes.
pub(crate) async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !is_so().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(IN_VAIN, waiting).await.unwrap_or_else(|_| panic!("waited in vain until {what}"));
}

/// A request that is being put together.
pub(crate) struct Asking {
    router: Router,
    request: Request<Body>,
}

pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Asking {
    fn new(gateway: &Gateway, method: Method, path: &str) -> Self {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        Self { router: gateway.router.clone(), request }
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.request.headers_mut().append(name, value.parse().unwrap());
        self
    }

    pub(crate) fn token(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn json(self, body: Value) -> Self {
        self.header(header::CONTENT_TYPE.as_str(), "application/json").body(body.to_string())
    }

    pub(crate) fn form(self, fields: &[(&str, &str)]) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.header("content-type", "application/x-www-form-urlencoded").body(body)
    }

    pub(crate) fn body(mut self, body: impl Into<Body>) -> Self {
        *self.request.body_mut() = body.into();
        self
    }

    pub(crate) async fn open(self) -> axum::response::Response {
        self.router.oneshot(self.request).await.unwrap()
    }

    pub(crate) async fn send(self) -> Answered {
        let (head, body) = self.open().await.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Answered {
            status: head.status,
            headers: head.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }
}

impl Answered {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {} {}", self.status, self.text))
    }

    /// Status and body, with what differs from run to run taken out: for snapshots.
    pub(crate) fn shown(&self) -> Value {
        let mut body = if self.text.is_empty() { Value::Null } else { self.json() };
        steady(&mut body);
        serde_json::json!({"status": self.status.as_u16(), "body": body})
    }
}

/// Ids, instants, secrets and the sandbox's address by their form; durations, sizes and made-up codes by their name.
fn steady(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(steady),
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                let stands_for = match name.as_str() {
                    "durationMs" | "retryAfterMs" | "bytesIn" | "bytesOut" if field.is_number() => "[number]",
                    "displayCode" | "space_id" | "user_code" | "device_code" | "verifier" => "[code]",
                    _ => {
                        steady(field);
                        continue;
                    }
                };
                *field = stands_for.into();
            }
        }
        Value::String(text) => *text = steady_text(text),
        _ => {}
    }
}

fn steady_text(text: &str) -> String {
    let words = text.split_inclusive(|c: char| !(c.is_ascii_alphanumeric() || "_-:.".contains(c)));
    words.map(steady_word).collect()
}

fn steady_word(word: &str) -> String {
    if let Some(port) = word.strip_prefix("127.0.0.1:") {
        return format!("[sandbox]{}", port.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    let core = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
    let rest = &word[core.len()..];
    if core.parse::<jiff::Timestamp>().is_ok() {
        return format!("[instant]{rest}");
    }
    match core.rsplit_once('_') {
        Some((prefix, digits)) if digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit()) => {
            format!("{prefix}_[id]{rest}")
        }
        _ if core.starts_with("kfd_") || core.starts_with("kfr_") => format!("{}[token]{rest}", &core[..4]),
        _ if core.len() >= 40
            && core.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-') =>
        {
            format!("[secret]{rest}")
        }
        _ => word.to_owned(),
    }
}
