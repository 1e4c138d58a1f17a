//! The database as a gateway opens it: its folder made, its file locked, its schema brought up to date.

use crate::config::Config;
use crate::gateway::file_lock::{self, FileLock};
use crate::private_file;
use keyferry_core::ExposeSecret;
use keyferry_store::{Db, StoreError, without_password};
use std::path::{Path, PathBuf};

/// For the one process that serves it. Over Postgres there may be several, and there is no lock.
pub(crate) async fn open_to_serve(config: &Config) -> anyhow::Result<(Db, Option<FileLock>)> {
    private_file::folder(&config.data)?;
    let lock = match folder_made(config)? {
        Some(file) => Some(file_lock::take(&file)?),
        None => None,
    };
    Ok((open(config).await?, lock))
}

/// For `keyferry migrate`, which may stand before the first `serve` or beside one.
pub(crate) async fn open_to_migrate(config: &Config) -> anyhow::Result<Db> {
    folder_made(config)?;
    open(config).await
}

/// The file of a SQLite database, its folder there.
fn folder_made(config: &Config) -> anyhow::Result<Option<PathBuf>> {
    let file = sqlite_file(config.database_url()?.expose_secret());
    if let Some(folder) =
        file.as_deref().and_then(Path::parent).filter(|folder| !folder.as_os_str().is_empty())
    {
        private_file::folder(folder)?;
    }
    Ok(file)
}

/// Reached, and brought to this binary's schema.
async fn open(config: &Config) -> anyhow::Result<Db> {
    let db = reach(config).await?;
    migrate(config, &db).await?;
    Ok(db)
}

pub(crate) async fn reach(config: &Config) -> anyhow::Result<Db> {
    let url = config.database_url()?;
    Db::open(url.expose_secret()).await.map_err(|error| told(url.expose_secret(), error))
}

pub(crate) async fn migrate(config: &Config, db: &Db) -> anyhow::Result<()> {
    let url = config.database_url()?;
    db.migrate().await.map_err(|error| told(url.expose_secret(), error))
}

/// The file of a SQLite address.
pub(crate) fn sqlite_file(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    let path = path.split('?').next().unwrap_or(path);
    Some(Path::new(path).to_owned())
}

/// The store's error with the database's address, its password left out, and what to look at.
pub(crate) fn told(url: &str, error: StoreError) -> anyhow::Error {
    let place = without_password(url);
    let mend = match &error {
        StoreError::Unreachable { what, .. } => what.mend(),
        StoreError::Unavailable(_) => "see that it runs and is not overloaded",
        StoreError::NewerSchema { .. } => {
            "use the newer binary, or restore the backup that was made before it"
        }
        StoreError::Address(_) => "write `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/NAME`",
        _ => "see the cause; nothing was changed",
    };
    anyhow::Error::new(error).context(format!("can't open the database {place}; {mend}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_a_sqlite_address_is_found() {
        for (url, file) in [("sqlite:a/b.db", "a/b.db"), ("sqlite:///a/b.db?mode=rwc", "/a/b.db")] {
            assert_eq!(sqlite_file(url).as_deref(), Some(Path::new(file)));
        }
        assert_eq!(sqlite_file("postgres://h/d"), None);
    }
}
