//! Everything that an exchange needs: a catalog, a vault, a database, a connection with three keys, an upstream.

use crate::server::Server;
use keyferry_catalog::{Arguments, Catalog, Tool};
use keyferry_core::{
    Clock, ConnectionId, CredentialId, ManualClock, Region, SecretString, TeamId, Timestamp, UserId,
};
use keyferry_egress::{AllowRule, Egress, EgressSettings};
use keyferry_store::{Connection, ConnectionState, Credential, Db, Health};
use keyferry_upstream::credential::{self, Identity};
use keyferry_upstream::{
    Always, Answer, Destination, Exchange, Made, Rendered, RetryPolicy, Revealed, Settings, Unanswered,
    Upstream, UpstreamParts,
};
use keyferry_vault::{Binding, DataKey, KeyRing, MasterKey, Vault};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

pub(crate) const CONTROL_KEY: &str = "sgp_Zk3vQ9xTzz0Rk7mWb1Lc";
pub(crate) const WRITE_KEY: &str = "wk_8fJq2LmNp4Rt6Vx8Yz0Ab";
pub(crate) const PEOPLE_KEY: &str = "pt_5Hd7Kf9Ls1Qw3Er5Ty7Ui";
const KEYS: [(&str, &str); 3] = [("control", CONTROL_KEY), ("events", WRITE_KEY), ("people", PEOPLE_KEY)];

pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) upstream: Upstream,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) clock: ManualClock,
    pub(crate) connection: Connection,
    pub(crate) credentials: BTreeMap<String, Credential>,
    pub(crate) handles: DataKey,
    pub(crate) vault: Vault,
    _dir: tempfile::TempDir,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Settings {
            retry: RetryPolicy {
                most_attempts: 3,
                first_pause: Duration::from_millis(1),
                longest_pause: Duration::from_millis(2),
            },
            ..Settings::default()
        })
        .await
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        let server = Server::start().await;
        let dir = tempfile::tempdir().expect("a folder");
        let db = Db::open(&format!("sqlite:{}", dir.path().join("db").display())).await.expect("a database");
        db.migrate().await.expect("the schema");
        let vault = vault();
        let clock = ManualClock::new();
        let catalog = Arc::new(catalog());
        let connection = connection(clock.now());
        let credentials =
            KEYS.iter().map(|(slot, key)| ((*slot).into(), stored(&vault, &connection, slot, key))).collect();
        let parts = UpstreamParts {
            egress: egress(server.port),
            vault: vault.clone(),
            db,
            catalog: Arc::clone(&catalog),
            clock: Arc::new(clock.clone()),
            settings,
        };
        let handles = data_key(&vault, "handle");
        let upstream = Upstream::new(parts);
        Self { server, upstream, catalog, clock, connection, credentials, handles, vault, _dir: dir }
    }

    pub(crate) fn tool(&self, name: &str) -> Arc<Tool> {
        self.catalog.tool(name).unwrap_or_else(|| panic!("a tool named {name}"))
    }

    pub(crate) fn deadline(&self) -> Timestamp {
        self.clock.now() + Duration::from_secs(60)
    }

    /// Sends one call with everything in order.
    pub(crate) async fn call(&self, tool: &str, arguments: Value) -> Result<Answer, Unanswered> {
        self.call_made(tool, arguments, &Made::fresh(self.clock.now())).await
    }

    pub(crate) async fn call_made(
        &self,
        tool: &str,
        arguments: Value,
        made: &Made,
    ) -> Result<Answer, Unanswered> {
        let prepared = self.prepare(tool, arguments);
        self.upstream.send(&prepared.exchange(self, made, &[])).await
    }

    pub(crate) fn render(&self, tool: &str, arguments: Value) -> Result<Rendered, keyferry_core::Failure> {
        let prepared = self.prepare(tool, arguments);
        self.upstream.render(&prepared.exchange(self, &Made::fresh(self.clock.now()), &[]))
    }

    /// Whether the catalog lets the arguments through; it refuses placeholders such as `<id>`.
    pub(crate) fn accepts(&self, tool: &str, arguments: Value) -> bool {
        self.tool(tool).accept(arguments).is_ok()
    }

    pub(crate) fn prepare(&self, tool: &str, arguments: Value) -> Prepared {
        let tool = self.tool(tool);
        let arguments = tool.accept(arguments).expect("the arguments are accepted");
        let server = self.server.url(base(&tool.api));
        Prepared { tool, arguments, server }
    }

    /// The servers of the connection's region.
    pub(crate) fn servers(&self) -> BTreeMap<String, Url> {
        ["control", "events", "people"].map(|api| (api.to_owned(), self.server.url(base(api)))).into()
    }
}

/// A call that is ready but for what the gateway makes.
pub(crate) struct Prepared {
    pub(crate) tool: Arc<Tool>,
    pub(crate) arguments: Arguments,
    pub(crate) server: Url,
}

impl Prepared {
    pub(crate) fn exchange<'a>(
        &'a self,
        world: &'a World,
        made: &'a Made,
        revealed: &'a [Revealed],
    ) -> Exchange<'a> {
        Exchange {
            tool: &self.tool,
            arguments: &self.arguments,
            to: Destination {
                connection: &world.connection,
                server: &self.server,
                credential: world.credentials.get(&self.tool.slot),
            },
            made,
            revealed,
            handles: Some(&world.handles),
            deadline: world.deadline(),
            still_allowed: &Always,
        }
    }
}

fn base(api: &str) -> &'static str {
    match api {
        "control" => "/base",
        "events" => "/v1/",
        _ => "/v1",
    }
}

fn catalog() -> Catalog {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/integrations");
    Catalog::load(&[folder]).unwrap_or_else(|error| panic!("{error}"))
}

fn egress(port: u16) -> Egress {
    let allow = AllowRule {
        integration: "acme".into(),
        host: "127.0.0.1".into(),
        port,
        network: "127.0.0.0/8".parse().expect("a network"),
    };
    let connect_timeout = Duration::from_secs(5);
    Egress::new(EgressSettings { allow: vec![allow], extra_ca: None, connect_timeout }).expect("a way out")
}

fn vault() -> Vault {
    let key = MasterKey::generate();
    let id = key.id.clone();
    Vault::new(KeyRing::new("the test", [key]).expect("a ring"), id).expect("a vault")
}

pub(crate) fn data_key(vault: &Vault, purpose: &'static str) -> DataKey {
    let binding = Binding { kind: "team_key", team: "team", record: purpose, version: 0, context: &[] };
    vault.new_data_key(&binding).expect("a key").1
}

fn connection(now: Timestamp) -> Connection {
    let user = UserId::new();
    Connection {
        id: ConnectionId::new(),
        team: TeamId::new(),
        number: 1,
        integration: "acme".into(),
        owner: Some(user.clone()),
        label: "Acme".into(),
        region: Region::new("us"),
        is_default: true,
        state: ConnectionState::Active,
        state_code: None,
        state_message: None,
        created_by: user,
        created_at: now,
        updated_at: now,
        last_used_at: None,
        last_success_at: None,
        last_error_at: None,
        last_error_code: None,
        last_error_message: None,
        deleted_at: None,
    }
}

fn stored(vault: &Vault, connection: &Connection, slot: &str, secret: &str) -> Credential {
    let id = CredentialId::new();
    let identity = Identity { connection, id: &id, slot, version: 1 };
    let sealed = credential::seal(vault, identity, &SecretString::from(secret)).expect("sealed");
    let fields = match slot {
        "people" => [("space_id".to_owned(), "spa_1".to_owned())].into(),
        _ => BTreeMap::new(),
    };
    Credential {
        id,
        team: connection.team.clone(),
        connection: connection.id.clone(),
        slot: slot.into(),
        version: 1,
        fields,
        key_id: vault.active(),
        sealed,
        health: Health::Untested,
        health_message: None,
        tested_at: None,
        created_at: connection.created_at,
        updated_at: connection.created_at,
    }
}
