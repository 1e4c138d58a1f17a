//! Where the demo lives: its configuration, made here and read from nowhere, and a database of its own.

use super::DemoOptions;
use crate::config::{Allow, Config, Egress, Integration};
use crate::gateway::database;
use anyhow::bail;
use ipnet::IpNet;
use keyferry_core::{ExposeSecret, Region, SecretString};
use keyferry_sandbox::RunningSandbox;
use keyferry_store::{Db, SchemaState, meta, without_password};
use keyferry_vault::KeyFile;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};

/// What a database of a demo says about itself.
const MARK: (&str, &str) = ("house", "demo");

pub(super) fn config(options: &DemoOptions, sandbox: &RunningSandbox) -> Config {
    let mut servers: BTreeMap<Region, BTreeMap<String, url::Url>> = BTreeMap::new();
    for region in ["us", "eu"] {
        let apis = ["public_api", "tracking", "profiles"]
            .into_iter()
            .filter_map(|api| Some((api.to_owned(), sandbox.server(region, api).parse().ok()?)));
        servers.insert(Region::new(region), apis.collect());
    }
    let allow = Allow {
        integration: "segment".to_owned(),
        host: sandbox.address.to_string(),
        network: IpNet::from(sandbox.address.ip()),
    };
    Config {
        listen: options.listen,
        metrics_listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        data: options.data.clone(),
        database: options.database.clone().map(SecretString::from),
        // The tour is what a person reads; the log only interrupts it when something is wrong.
        log: "error".to_owned(),
        egress: Egress { allow: vec![allow], extra_ca: None },
        integrations: BTreeMap::from([("segment".to_owned(), Integration { servers })]),
        ..Config::default()
    }
}

/// Takes an empty database, or the demo's own of an earlier start. Any other belongs to somebody.
pub(super) async fn claim_database(config: &Config) -> anyhow::Result<()> {
    let url = config.database_url()?;
    let db =
        Db::open(url.expose_secret()).await.map_err(|error| database::told(url.expose_secret(), error))?;
    let own = match db.schema_state().await? {
        SchemaState::Empty => db.is_blank().await?,
        _ => meta::get(&db, MARK.0).await?.as_deref() == Some(MARK.1),
    };
    if !own {
        bail!(
            "the database {} is neither empty nor a demo's: name another with --database, or another folder with --data",
            without_password(url.expose_secret())
        );
    }
    db.migrate().await?;
    meta::set_if_absent(&db, MARK.0, MARK.1).await?;
    db.close().await;
    if !config.key_file().exists() {
        KeyFile(config.key_file()).create()?;
    }
    Ok(())
}
