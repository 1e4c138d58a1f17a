//! Gateways over a planted store: the release binary, one worker each, everything on.

use super::process::{Spent, SpentBy, resident};
use super::seed::{Seed, Seeded, Seeder};
use super::{Upstream, catalog};
use keyferry_store::{Db, scratch};
use keyferry_testkit::postgres::Server;
use keyferry_testkit::{Balancer, Gateway, ServeSettings, Wire, free_address};
use keyferry_vault::{KeyFile, KeyProvider, Vault};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// No line a request: the others write none either. What is recorded is the journal.
const LOG: &str = "info,keyferry::request=warn";

/// A planted store, and how gateways over it are started.
pub(crate) struct Ground {
    pub(crate) seeded: Seeded,
    settings: ServeSettings,
    server: Option<Arc<Server>>,
    _home: TempDir,
}

impl Ground {
    /// Over SQLite, or over a new database of the server's.
    pub(crate) async fn plant(server: Option<Arc<Server>>, seed: Seed, upstream: &Upstream) -> Self {
        Self::with_further(0, server, seed, upstream).await
    }

    /// The same with so many further integrations in the catalog.
    pub(crate) async fn with_further(
        further: usize,
        server: Option<Arc<Server>>,
        seed: Seed,
        upstream: &Upstream,
    ) -> Self {
        let home = tempfile::Builder::new().prefix("keyferry-bench-").tempdir().expect("a folder");
        let data = home.path().join("data");
        std::fs::create_dir(&data).expect("a folder for the data");
        let integrations = home.path().join("integrations");
        catalog::without_limits(&integrations, further);
        let mut settings = ServeSettings::new(home.path(), &data).with_sandbox(upstream.address());
        settings.log = LOG.to_owned();
        settings.more.extend(
            [
                ("KEYFERRY_WORKERS", "1"),
                ("KEYFERRY_INTEGRATIONS_DIR", &integrations.display().to_string()),
                // The load comes over one address, as it does behind a proxy.
                ("KEYFERRY_TRUSTED_PROXIES", r#"["127.0.0.0/8"]"#),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        if let Some(server) = &server {
            settings.database = Some(scratch::create(server.url()).await.expect("a new database").0);
        }
        let seeded = plant(&settings, seed).await;
        Self { seeded, settings, server, _home: home }
    }

    /// What the database is opened by.
    pub(crate) fn database(&self) -> String {
        database(&self.settings)
    }

    /// Starts a gateway. Over SQLite there can be one.
    pub(crate) async fn gateway(&self) -> Gateway {
        self.gateway_over(self.settings.database.as_deref()).await
    }

    /// Starts one that reaches the database in its own way.
    pub(crate) async fn gateway_over(&self, database: Option<&str>) -> Gateway {
        let mut settings = self.settings.clone();
        settings.listen = free_address();
        settings.database = database.map(str::to_owned);
        if database.is_some() {
            settings.data = self.settings.home.join(format!("data-{}", settings.listen.port()));
        }
        Gateway::start(&settings).await
    }
}

fn database(settings: &ServeSettings) -> String {
    let file = || format!("sqlite:{}", settings.data.join("keyferry.db").display());
    settings.database.clone().unwrap_or_else(file)
}

async fn plant(settings: &ServeSettings, seed: Seed) -> Seeded {
    let key = KeyFile(settings.key_file.clone()).create().expect("a key file");
    let ring = KeyFile(settings.key_file.clone()).load().expect("the key file just made");
    let vault = Vault::new(ring, key.clone()).expect("the ring holds its own key");
    let db = Db::open(&database(settings)).await.expect("a new database opens");
    db.migrate().await.expect("a new database takes the migrations");
    let seeded = Seeder { db: &db, vault: &vault, key }.plant(seed).await;
    db.close().await;
    seeded
}

/// One gateway, or several behind HAProxy.
pub(crate) struct House {
    pub(crate) ground: Ground,
    pub(crate) gateways: Vec<Gateway>,
    balancer: Option<Balancer>,
}

impl House {
    pub(crate) async fn of_one(ground: Ground) -> Self {
        let gateways = vec![ground.gateway().await];
        Self { ground, gateways, balancer: None }
    }

    pub(crate) async fn balanced(ground: Ground, gateways: usize) -> Self {
        let mut started = Vec::with_capacity(gateways);
        for _ in 0..gateways {
            started.push(ground.gateway().await);
        }
        let addresses: Vec<SocketAddr> = started.iter().map(|gateway| gateway.address).collect();
        let balancer = Balancer::start(&addresses).await;
        Self { ground, gateways: started, balancer: Some(balancer) }
    }

    /// Where a client comes in.
    pub(crate) fn address(&self) -> SocketAddr {
        self.balancer.as_ref().map_or(self.gateways[0].address, Balancer::address)
    }

    /// By the gateways, and by the database where it is a process of its own.
    pub(crate) fn spent(&self) -> SpentBy {
        let server = self.ground.server.as_ref();
        let database = server.and_then(|server| server.process()).map(Spent::by).unwrap_or_default();
        SpentBy { own: self.gateways.iter().map(|gateway| Spent::by(gateway.id())).sum(), database }
    }

    /// What they counted that was no success, since they began.
    pub(crate) async fn refused(&self) -> Vec<String> {
        let mut refused = Vec::new();
        for gateway in &self.gateways {
            let wire = Wire::default();
            let said = wire.send(wire.client.get(format!("http://{}/metrics", gateway.metrics))).await.text;
            let counted = said.lines().filter(|line| line.starts_with("keyferry_http_requests_total"));
            refused.extend(counted.filter(|line| !line.contains("status=\"2")).map(str::to_owned));
        }
        refused
    }

    /// In MiB.
    pub(crate) fn resident(&self) -> f64 {
        self.gateways.iter().map(|gateway| resident(gateway.id())).sum()
    }
}

/// Until the batches of the journal are written that the last calls left.
pub(crate) async fn settle() {
    tokio::time::sleep(Duration::from_millis(200)).await;
}
