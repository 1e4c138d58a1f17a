//! One fresh database for each test, on either engine.

use crate::postgres;
use keyferry_store::{Db, scratch};
use tempfile::TempDir;

/// The engines that every store function is tested on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// A database of a test's own; it goes with the value.
#[derive(Debug)]
pub struct Database {
    pub db: Db,
    url: String,
    _gone: Gone,
}

impl Database {
    /// A migrated database.
    ///
    /// # Panics
    /// When it can't be made; the message says why.
    pub async fn new(engine: Engine) -> Self {
        let database = Self::empty(engine).await;
        database.db.migrate().await.expect("a fresh database takes the migrations");
        database
    }

    /// A database that no migration has seen.
    ///
    /// # Panics
    /// When it can't be made; the message says why.
    pub async fn empty(engine: Engine) -> Self {
        let (url, gone) = match engine {
            Engine::Sqlite => in_a_folder(),
            Engine::Postgres => on_the_server().await,
        };
        let db = Db::open(&url).await.expect("a fresh database opens");
        Self { db, url, _gone: gone }
    }

    /// What another process opens it by.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

fn in_a_folder() -> (String, Gone) {
    let folder = TempDir::new().expect("a temporary folder");
    (format!("sqlite:{}", folder.path().join("keyferry.db").display()), Gone::Folder { _folder: folder })
}

async fn on_the_server() -> (String, Gone) {
    let server = postgres::server();
    let (url, name) = scratch::create(&server).await.expect("the test server lets us create a database");
    (url, Gone::Database { server, name })
}

/// What is left to remove.
#[derive(Debug)]
enum Gone {
    Folder { _folder: TempDir },
    Database { server: String, name: String },
}

impl Drop for Gone {
    fn drop(&mut self) {
        let Self::Database { server, name } = self else { return };
        let (server, name) = (server.clone(), name.clone());
        // The test's own runtime can't be waited for here. What is not dropped goes with the server.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.is_ok_and(|runtime| runtime.block_on(scratch::drop(&server, &name)).is_ok())
        });
        dropping.join().ok();
    }
}
