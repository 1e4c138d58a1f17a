//! The schema: which migrations have run, and running those that have not.

use crate::row::Number;
use crate::{Db, StoreError, Via, postgres};
use sqlx::migrate::{Migrate, MigrateError, Migrator};

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");

/// How a database's schema stands to this binary's migrations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaState {
    /// No migration has run.
    Empty,
    Current,
    /// So many migrations are to run.
    Behind(usize),
    /// A newer binary was here.
    Newer {
        found: i64,
        known: i64,
    },
}

impl Db {
    /// Brings the schema to this binary's. It may take as long as it takes: another process that migrates at the same
    /// time is waited for.
    ///
    /// # Errors
    /// `NewerSchema` when a newer binary was here; `Migration` when a migration was edited or broke off.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        if let SchemaState::Newer { found, known } = self.schema_state().await? {
            return Err(StoreError::NewerSchema { found, known });
        }
        match self {
            Self::Sqlite(file) => MIGRATIONS.run(&file.writer).await,
            Self::Postgres(server) if server.pooler => return self.is_migrated().await,
            Self::Postgres(server) => MIGRATIONS.run(&mut postgres::to_migrate(&server.pool).await?).await,
        }
        .map_err(migration_error)
    }

    /// How the schema stands, without changing it beyond making the list of migrations.
    ///
    /// # Errors
    /// `Migration` when one broke off half-way.
    pub async fn schema_state(&self) -> Result<SchemaState, StoreError> {
        let applied = match self {
            Self::Sqlite(file) => applied(&mut *file.writer.acquire().await?).await,
            Self::Postgres(server) if server.pooler => Ok(self.applied_behind_pooler().await?),
            Self::Postgres(server) => applied(&mut postgres::to_migrate(&server.pool).await?).await,
        }
        .map_err(migration_error)?;
        let known = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0);
        Ok(match applied.iter().max() {
            None => SchemaState::Empty,
            Some(&found) if found > known => SchemaState::Newer { found, known },
            Some(_) if applied.len() == MIGRATIONS.iter().count() => SchemaState::Current,
            Some(_) => SchemaState::Behind(MIGRATIONS.iter().count().saturating_sub(applied.len())),
        })
    }

    /// A migration holds a lock of its session, which a pooler of transactions would give to others.
    async fn is_migrated(&self) -> Result<(), StoreError> {
        if self.schema_state().await? == SchemaState::Current {
            return Ok(());
        }
        let mend = "run `keyferry migrate` with the database's own address first, not a pooler's";
        Err(StoreError::Migration(mend.to_owned()))
    }

    async fn applied_behind_pooler(&self) -> Result<Vec<i64>, StoreError> {
        const IS_THERE: &str =
            "SELECT COUNT(*) AS n FROM information_schema.tables WHERE table_name = '_sqlx_migrations'";
        const APPLIED: &str = "SELECT version AS n FROM _sqlx_migrations WHERE success ORDER BY version";
        if Via::from(self).number(IS_THERE, &[]).await? == 0 {
            return Ok(Vec::new());
        }
        let applied: Vec<Number> = Via::from(self).all(APPLIED, &[]).await?;
        Ok(applied.into_iter().map(|version| version.0).collect())
    }

    /// Whether nobody has kept anything here yet: there is nothing but the migrations' own list.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn is_blank(&self) -> Result<bool, StoreError> {
        // The catalogs of the two have nothing in common, so this is a text per engine.
        const SQLITE: &str = "SELECT COUNT(*) AS n FROM sqlite_schema \
             WHERE name NOT LIKE 'sqlite_%' AND tbl_name <> '_sqlx_migrations'";
        const POSTGRES: &str = "SELECT COUNT(*) AS n FROM information_schema.tables \
             WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_name <> '_sqlx_migrations'";
        let sql = match self {
            Self::Sqlite(_) => SQLITE,
            Self::Postgres(_) => POSTGRES,
        };
        Via::from(self).number(sql, &[]).await.map(|tables| tables == 0)
    }
}

async fn applied<C: Migrate>(connection: &mut C) -> Result<Vec<i64>, MigrateError> {
    connection.ensure_migrations_table(&MIGRATIONS.table_name).await?;
    let applied = connection.list_applied_migrations(&MIGRATIONS.table_name).await?;
    Ok(applied.into_iter().map(|migration| migration.version).collect())
}

fn migration_error(error: MigrateError) -> StoreError {
    match error {
        MigrateError::Execute(cause) => cause.into(),
        other => StoreError::Migration(other.to_string()),
    }
}
