//! The house as a command finds it that stands beside a gateway: the configuration, completed by what the gateway left in
//! its data folder, and a database that has to be there already.

use crate::config::{Config, ConfigError};
use crate::gateway::database;
use crate::gateway::serving::{self, Serving};
use keyferry_core::{ExposeSecret, SecretString};
use keyferry_store::{Db, SchemaState, without_password};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;
use url::Url;

pub(crate) struct Beside {
    pub(crate) config: Config,
    serving: Option<Serving>,
}

impl Beside {
    /// What the configuration leaves open, the running gateway has decided.
    pub(crate) fn find(mut config: Config) -> anyhow::Result<Self> {
        let serving = Serving::find(&config.data)?;
        if let Some(serving) = &serving {
            if names_no_database(&config) && serving.tells_database() {
                config.database = Some(SecretString::from(serving.database.clone()));
            }
            if config.keys.file.is_none() && config.keys.ring.is_none() {
                config.keys.file.clone_from(&serving.key_file);
            }
        }
        Ok(Self { config, serving })
    }

    /// Opens the database, and never makes one.
    pub(crate) async fn database(&self) -> anyhow::Result<Db> {
        if let Some(serving) = self.serving.as_ref().filter(|_| names_no_database(&self.config)) {
            return Err(self.not_told(serving).into());
        }
        let url = self.config.database_url()?;
        if let Some(file) = database::sqlite_file(url.expose_secret()).filter(|file| !file.exists()) {
            return Err(self.nothing_here(&file.display().to_string()).into());
        }
        let db = database::reach(&self.config).await?;
        if db.schema_state().await? == SchemaState::Empty {
            return Err(self.nothing_here(&without_password(url.expose_secret())).into());
        }
        database::migrate(&self.config, &db).await?;
        Ok(db)
    }

    fn not_told(&self, serving: &Serving) -> ConfigError {
        let (data, place) = (self.config.data.display(), &serving.database);
        ConfigError::new("database", format!("the gateway of {data} keeps its records at {place}")).mend(
            "name it with --database, KEYFERRY_DATABASE or KEYFERRY_DATABASE_FILE; the gateway did not leave its password",
        )
    }

    fn nothing_here(&self, place: &str) -> ConfigError {
        let data = self.config.data.display();
        ConfigError::new("data", format!("no gateway has kept anything at {place} (the data folder is {data})")).mend(
            "name the gateway's own, as `keyferry serve` was told: --data DIR, --database URL or --config FILE, or their \
             variables; the demo's is --data ./data/demo",
        )
    }

    /// What people know the gateway by: links begin with it.
    pub(crate) fn public_url(&self) -> Result<Url, ConfigError> {
        match (&self.serving, &self.config.public_url) {
            (Some(serving), _) => Ok(serving.public_url.clone()),
            (None, Some(url)) => Ok(url.clone()),
            (None, None) => self.local_url(),
        }
    }

    /// Where the gateway answers on this machine.
    pub(crate) fn local_url(&self) -> Result<Url, ConfigError> {
        match &self.serving {
            Some(serving) => Ok(serving.local_url.clone()),
            None => serving::local_url(&self.config, self.config.listen),
        }
    }

    /// Whether something listens where the gateway should. Only a gateway of this machine can be told.
    pub(crate) fn answers(&self) -> bool {
        const PATIENCE: Duration = Duration::from_millis(500);
        let Ok(url) = self.local_url() else { return false };
        let Some(host) = url.host_str() else { return false };
        let place = (host.trim_matches(['[', ']']), url.port_or_known_default().unwrap_or(443));
        let mut addresses = place.to_socket_addrs().into_iter().flatten();
        addresses.any(|address| TcpStream::connect_timeout(&address, PATIENCE).is_ok())
    }
}

fn names_no_database(config: &Config) -> bool {
    config.database.is_none() && config.database_file.is_none()
}
