//! A gateway over a planted store: the release binary, one worker, everything on.

use super::process::{Spent, free_address, postmaster, resident};
use super::seed::{Seed, Seeded, Seeder};
use super::{Upstream, catalog};
use keyferry_store::{Db, scratch};
use keyferry_testkit::postgres::Server;
use keyferry_testkit::{Gateway, ServeSettings};
use keyferry_vault::{KeyFile, KeyProvider, Vault};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// No line a request: the others write none either. What is recorded is the journal.
const LOG: &str = "info,keyferry::request=warn";

/// What a house is built of.
#[derive(Clone)]
pub(crate) struct HousePlan {
    /// `None`: over SQLite.
    pub(crate) server: Option<Arc<Server>>,
    pub(crate) seed: Seed,
}

pub(crate) struct House {
    pub(crate) seeded: Seeded,
    pub(crate) gateway: Gateway,
    server: Option<Arc<Server>>,
    _home: TempDir,
}

impl HousePlan {
    pub(crate) async fn build(self, upstream: &Upstream) -> House {
        let home = tempfile::Builder::new().prefix("keyferry-bench-").tempdir().expect("a folder");
        let data = home.path().join("data");
        std::fs::create_dir(&data).expect("a folder for the data");
        let mut settings = ServeSettings::new(home.path(), &data).with_sandbox(upstream.address());
        settings.listen = free_address();
        settings.log = LOG.to_owned();
        if let Some(server) = &self.server {
            settings.database = Some(scratch::create(server.url()).await.expect("a new database").0);
        }
        let seeded = self.plant(&settings).await;
        let integrations = home.path().join("integrations");
        catalog::without_limits(&integrations);
        settings.more.extend(
            [
                ("KEYFERRY_WORKERS", "1"),
                ("KEYFERRY_INTEGRATIONS_DIR", &integrations.display().to_string()),
                // The load comes over one address, as it does behind a proxy.
                ("KEYFERRY_TRUSTED_PROXIES", r#"["127.0.0.0/8"]"#),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        let gateway = Gateway::start(&settings).await;
        House { seeded, gateway, server: self.server, _home: home }
    }

    async fn plant(&self, settings: &ServeSettings) -> Seeded {
        let key = KeyFile(settings.key_file.clone()).create().expect("a key file");
        let ring = KeyFile(settings.key_file.clone()).load().expect("the key file just made");
        let vault = Vault::new(ring, key.clone()).expect("the ring holds its own key");
        let url = settings.database.clone().unwrap_or_else(|| in_file(&settings.data));
        let db = Db::open(&url).await.expect("a new database opens");
        db.migrate().await.expect("a new database takes the migrations");
        let seeder = Seeder { db: &db, vault: &vault, key };
        let seeded = seeder.plant(self.seed).await;
        db.close().await;
        seeded
    }
}

fn in_file(data: &Path) -> String {
    format!("sqlite:{}", data.join("keyferry.db").display())
}

impl House {
    pub(crate) fn spent(&self) -> Spent {
        Spent::by(self.gateway.id())
    }

    /// What the database took, where it is a process of its own.
    pub(crate) fn spent_by_database(&self) -> Spent {
        self.server.as_ref().map(|server| Spent::by(postmaster(server.folder()))).unwrap_or_default()
    }

    /// In MiB.
    pub(crate) fn resident(&self) -> f64 {
        resident(self.gateway.id())
    }
}

/// Until the batches of the journal are written that the last calls left.
pub(crate) async fn settle() {
    tokio::time::sleep(Duration::from_millis(200)).await;
}
