//! The rooms, wired once: what stands behind the doors, from a configuration that was read and checked.

use crate::config::{Allow, Config, ConfigError};
use crate::gateway::database;
use crate::gateway::file_lock::FileLock;
use crate::gateway::master_keys;
use crate::gateway::signals::Stopping;
use anyhow::Context;
use keyferry_broker::{Broker, BrokerParts, Composites, Limits, Retention, Servers};
use keyferry_catalog::Catalog;
use keyferry_core::{Clocks, SystemClock};
use keyferry_egress::{AllowRule, Egress, EgressSettings};
use keyferry_http::{Compat, DoorLimits, DoorParts, Doors};
use keyferry_identity::{Follower, Identity, IdentityParts};
use keyferry_store::Db;
use keyferry_upstream::{Settings, Upstream, UpstreamParts};
use keyferry_vault::{KeyProvider, Vault};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// How long a connection to an upstream may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Everything that a running gateway is made of.
pub(crate) struct Gateway {
    pub(crate) db: Db,
    pub(crate) vault: Vault,
    pub(crate) keys: Arc<dyn KeyProvider>,
    pub(crate) identity: Identity,
    pub(crate) broker: Broker,
    pub(crate) doors: Doors,
    pub(crate) stopping: Stopping,
    /// Held for as long as the gateway runs; none over Postgres.
    _lock: Option<FileLock>,
}

/// The database, and the vault whose keys fit it.
struct Opened {
    db: Db,
    lock: Option<FileLock>,
    keys: Arc<dyn KeyProvider>,
    vault: Vault,
}

impl Opened {
    async fn open(config: &Config) -> anyhow::Result<Self> {
        let (db, lock) = database::open_to_serve(config).await?;
        master_keys::make_if_first(config, &db).await?;
        let keys = master_keys::provider(config);
        let vault = master_keys::open_vault(keys.as_ref(), &db).await?;
        Ok(Self { db, lock, keys, vault })
    }
}

impl Gateway {
    /// Opens the database, the vault and the catalog, and wires the rooms. Nothing listens yet.
    pub(crate) async fn assemble(
        config: &Config,
        public_url: Url,
        stopping: Stopping,
    ) -> anyhow::Result<Self> {
        let catalog = Arc::new(catalog(config)?);
        let servers = servers(config, &catalog)?;
        let egress = egress(config)?;
        warn_of_unreachable(config, &egress);
        let Opened { db, lock, keys, vault } = Opened::open(config).await?;
        let clock: Clocks = Arc::new(SystemClock);
        let follower = Follower::new(db.clone(), Arc::clone(&clock)).await?;
        let identity = identity(db.clone(), vault.clone(), Arc::clone(&clock), follower.clone(), &public_url);
        let upstream = upstream(egress, vault.clone(), db.clone(), Arc::clone(&catalog), Arc::clone(&clock));
        let broker = Broker::new(BrokerParts {
            db: db.clone(),
            vault: vault.clone(),
            catalog,
            upstream,
            clock: Arc::clone(&clock),
            follower,
            public_url: public_url.clone(),
            servers,
            retention: retention(config),
            limits: Limits::default(),
            composites: Composites::default(),
        });
        let doors = Doors::new(DoorParts {
            broker: broker.clone(),
            identity: identity.clone(),
            db: db.clone(),
            clock,
            public_url,
            limits: DoorLimits::default(),
            compat: Compat { hermes: config.compat.hermes },
            leaving: stopping.leaving.clone(),
            stop: stopping.stop.clone(),
        });
        Ok(Self { db, vault, keys, identity, broker, doors, stopping, _lock: lock })
    }
}

/// People and devices, as the gateway and the commands beside it know them.
pub(crate) fn identity(
    db: Db,
    vault: Vault,
    clock: Clocks,
    follower: Follower,
    public_url: &Url,
) -> Identity {
    let issuer = public_url.as_str().trim_end_matches('/').to_owned();
    Identity::new(IdentityParts { db, vault, clock, follower, issuer })
}

fn upstream(egress: Egress, vault: Vault, db: Db, catalog: Arc<Catalog>, clock: Clocks) -> Upstream {
    Upstream::new(UpstreamParts { egress, vault, db, catalog, clock, settings: Settings::default() })
}

fn retention(config: &Config) -> Retention {
    Retention { calls: config.journal.keep.duration(), bodies: config.journal.keep_bodies.duration() }
}

/// The embedded integrations, and each subfolder of `integrations_dir`.
fn catalog(config: &Config) -> anyhow::Result<Catalog> {
    match &config.integrations_dir {
        Some(folder) => Ok(Catalog::load(std::slice::from_ref(folder))?),
        None => Ok(Catalog::embedded()?),
    }
}

/// Where the configuration says that an API is served; a name that the catalog does not know is a mistake.
fn servers(config: &Config, catalog: &Catalog) -> Result<Servers, ConfigError> {
    let mut servers = Servers::default();
    for (slug, integration) in &config.integrations {
        let Some(known) = catalog.integration(slug) else {
            return Err(unknown(
                &format!("integrations.{slug}"),
                catalog.integrations().map(|i| i.slug.clone()),
            ));
        };
        for (region, apis) in &integration.servers {
            let key = format!("integrations.{slug}.servers.{region}");
            if known.region(region).is_none() {
                return Err(unknown(&key, known.regions.iter().map(|region| region.region.to_string())));
            }
            for (api, server) in apis {
                if known.api(api).is_none() {
                    return Err(unknown(
                        &format!("{key}.{api}"),
                        known.apis.iter().map(|api| api.name.clone()),
                    ));
                }
                servers.set(slug, region.as_str(), api, server.clone());
            }
        }
    }
    Ok(servers)
}

fn unknown(key: &str, known: impl Iterator<Item = String>) -> ConfigError {
    let known = known.collect::<Vec<_>>().join(", ");
    ConfigError::new(key, "the catalog knows no such name").mend(format!("it knows: {known}"))
}

fn egress(config: &Config) -> anyhow::Result<Egress> {
    let allow = config.egress.allow.iter().map(allow_rule).collect::<Result<_, _>>()?;
    let settings =
        EgressSettings { allow, extra_ca: config.egress.extra_ca.clone(), connect_timeout: CONNECT_TIMEOUT };
    let egress = Egress::new(settings).context("the outgoing client can't be made")?;
    for warning in egress.warnings() {
        tracing::warn!("{warning}");
    }
    Ok(egress)
}

/// A server that was moved inwards and is let in nowhere would only be noticed by the first call.
fn warn_of_unreachable(config: &Config, egress: &Egress) {
    for (slug, integration) in &config.integrations {
        for (region, apis) in &integration.servers {
            for (api, server) in apis {
                if let Some(why) = egress.refuses(slug, server) {
                    tracing::warn!(
                        "integrations.{slug}.servers.{region}.{api} can't be reached: {why}; name {} in `egress.allow`, \
                         with the integration and its network",
                        place(server)
                    );
                }
            }
        }
    }
}

/// `127.0.0.1:8476`, as a rule names it.
fn place(server: &Url) -> String {
    let host = server.host_str().unwrap_or_default();
    server.port_or_known_default().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn allow_rule(allow: &Allow) -> Result<AllowRule, ConfigError> {
    let parts = allow.host.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
    let Some((host, port)) = parts else {
        return Err(ConfigError::new("egress.allow.host", format!("`{}` is not host:port", allow.host))
            .mend("name the port too: `127.0.0.1:9000`"));
    };
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    Ok(AllowRule { integration: allow.integration.clone(), host, port, network: allow.network })
}
