//! The gateway that is measured: wired as the executable does it, with one account, one trusted device, and logs that
//! go nowhere.

use crate::upstream;
use keyferry_broker::{
    Broker, BrokerParts, Composites, Limits, NewConnection, Retention, Servers, SlotInput,
};
use keyferry_catalog::Catalog;
use keyferry_core::{Actor, Clocks, ManualClock, Principal, Region, Role, Rule, SecretString, SessionId};
use keyferry_egress::{AllowRule, Egress, EgressSettings};
use keyferry_http::{Compat, DoorLimits, DoorParts, Doors, Listening};
use keyferry_identity::{Follower, Identity, IdentityParts, NewAccount, NewDevice};
use keyferry_store::Db;
use keyferry_upstream::{Settings, Upstream, UpstreamParts};
use keyferry_vault::{KeyRing, MasterKey, Vault};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;
use url::Url;

const INTEGRATION: &str = "pace";

pub(crate) struct Gateway {
    pub(crate) address: SocketAddr,
    /// Of the trusted device.
    pub(crate) token: String,
    broker: Broker,
    _folder: TempDir,
}

/// What the rooms share.
struct House {
    db: Db,
    vault: Vault,
    clock: Clocks,
    follower: Follower,
    public_url: Url,
}

impl Gateway {
    pub(crate) async fn start() -> Self {
        let lines = tracing_subscriber::fmt().with_env_filter(EnvFilter::new("info")).with_ansi(false);
        lines.with_target(false).with_writer(std::io::sink).init();
        keyferry_http::install_metrics().expect("nothing else counts here");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let folder = TempDir::new().expect("a folder");
        let house = House::new(folder.path(), address).await;
        let broker = house.broker(upstream::start().await);
        let identity = house.identity();
        let token = begin(&broker, &identity).await;
        let stop = CancellationToken::new();
        let doors = house.doors(broker.clone(), identity, stop.clone());
        let limits = DoorLimits { connections_each: 4096, ..DoorLimits::default() };
        let listening = Listening {
            listener,
            tls: None,
            trusted_proxies: Arc::default(),
            limits,
            leaving: stop.child_token(),
        };
        tokio::spawn(keyferry_http::serve(listening, keyferry_http::router(doors), stop.clone()));
        let running = broker.clone();
        tokio::spawn(async move { running.run(stop, Duration::ZERO).await });
        Self { address, token, broker, _folder: folder }
    }

    /// Waits until the journal is written.
    pub(crate) async fn settle(&self) {
        self.broker.flush_journal().await;
    }
}

/// A person with an account of the integration and a trusted device; answers the device's token.
async fn begin(broker: &Broker, identity: &Identity) -> String {
    let password = SecretString::from("correct horse battery staple");
    let account = NewAccount { email: "ada@example.com", name: "Ada", password: &password };
    let account = identity.accounts.create(&account).await.expect("an account");
    let actor = Actor::Person { session: SessionId::new() };
    let person = Principal { team: account.team, user: account.user, role: Role::Owner, actor };
    let new = NewConnection {
        integration: INTEGRATION.to_owned(),
        region: Region::new("all"),
        label: "Pace".to_owned(),
        shared: false,
    };
    let secret = SecretString::from("pace-4hG9sK2mQ7wX1zB8vN3cL6tR5yJ0pD");
    let slot = SlotInput { slot: "items".to_owned(), secret, fields: BTreeMap::new() };
    broker.connect_with(&person, &new, vec![slot], None).await.expect("a connection");
    let new = NewDevice { label: "load", client: "bench", rule: Rule::Trusted, expires_at: None };
    let (_, token) = identity.devices.create(&person, &new).await.expect("a device");
    token.expose().to_owned()
}

impl House {
    async fn new(folder: &Path, address: SocketAddr) -> Self {
        let db = Db::open(&format!("sqlite:{}", folder.join("keyferry.db").display())).await.expect("a file");
        db.migrate().await.expect("migrations that fit");
        let clock: Clocks = Arc::new(ManualClock::new());
        let key = MasterKey::generate();
        let active = key.id.clone();
        let ring = KeyRing::new("bench", [key]).expect("a strong key");
        let vault = Vault::new(ring, active).expect("the key is in the ring");
        let follower = Follower::new(db.clone(), clock.clone()).await.expect("changes can be read");
        let public_url = Url::parse(&format!("http://{address}")).expect("a URL");
        Self { db, vault, clock, follower, public_url }
    }

    fn identity(&self) -> Identity {
        Identity::new(IdentityParts {
            db: self.db.clone(),
            vault: self.vault.clone(),
            clock: self.clock.clone(),
            follower: self.follower.clone(),
            issuer: self.public_url.as_str().trim_end_matches('/').to_owned(),
        })
    }

    fn broker(&self, upstream: SocketAddr) -> Broker {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/bench/integrations");
        let catalog = Arc::new(Catalog::load_only(&[folder]).expect("an integration without faults"));
        let mut servers = Servers::default();
        let server = format!("http://{upstream}").parse().expect("a URL");
        servers.set(INTEGRATION, "all", "items", server);
        Broker::new(BrokerParts {
            db: self.db.clone(),
            vault: self.vault.clone(),
            upstream: self.upstream(&catalog, upstream),
            catalog,
            clock: self.clock.clone(),
            follower: self.follower.clone(),
            public_url: self.public_url.clone(),
            servers,
            retention: Retention::default(),
            limits: Limits::default(),
            composites: Composites::default(),
        })
    }

    fn upstream(&self, catalog: &Arc<Catalog>, address: SocketAddr) -> Upstream {
        let allow = vec![AllowRule {
            integration: INTEGRATION.to_owned(),
            host: address.ip().to_string(),
            port: address.port(),
            network: "127.0.0.0/8".parse().expect("a network"),
        }];
        let settings = EgressSettings { allow, extra_ca: None, connect_timeout: Duration::from_secs(5) };
        Upstream::new(UpstreamParts {
            egress: Egress::new(settings).expect("a way out"),
            vault: self.vault.clone(),
            db: self.db.clone(),
            catalog: Arc::clone(catalog),
            clock: self.clock.clone(),
            settings: Settings::default(),
        })
    }

    fn doors(&self, broker: Broker, identity: Identity, stop: CancellationToken) -> Doors {
        Doors::new(DoorParts {
            broker,
            identity,
            db: self.db.clone(),
            clock: self.clock.clone(),
            public_url: self.public_url.clone(),
            limits: DoorLimits::default(),
            leaving: stop.child_token(),
            compat: Compat { hermes: false },
            stop,
        })
    }
}
