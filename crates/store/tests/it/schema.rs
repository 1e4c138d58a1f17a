//! Opening, migrating, and what happens when the database is not what it should be.

use crate::world::{START, World, team};
use keyferry_core::TeamId;
use keyferry_store::{Db, SchemaState, StoreError, Team, teams, users};
use keyferry_testkit::database::Database;
use keyferry_testkit::database::Engine::{self, Postgres, Sqlite};
use keyferry_testkit::postgres::Server;
use rstest::rstest;
use sqlx::ConnectOptions;
use std::str::FromStr;

async fn execute_outside(url: &str, sql: &'static str) {
    if url.starts_with("sqlite") {
        let options = sqlx::sqlite::SqliteConnectOptions::from_str(url).unwrap();
        sqlx::query(sql).execute(&mut options.connect().await.unwrap()).await.unwrap();
    } else {
        let options = sqlx::postgres::PgConnectOptions::from_str(url).unwrap();
        sqlx::query(sql).execute(&mut options.connect().await.unwrap()).await.unwrap();
    }
}

#[rstest]
#[tokio::test]
async fn migrating_brings_an_empty_database_up_and_then_does_nothing(
    #[values(Sqlite, Postgres)] engine: Engine,
) {
    let database = Database::empty(engine).await;
    assert_eq!(database.db.schema_state().await.unwrap(), SchemaState::Empty);
    assert!(database.db.is_blank().await.unwrap());
    database.db.migrate().await.unwrap();
    assert_eq!(database.db.schema_state().await.unwrap(), SchemaState::Current);
    database.db.migrate().await.unwrap();
    assert!(!database.db.is_blank().await.unwrap());
    assert_eq!(users::count(&database.db).await.unwrap(), 0);
}

#[rstest]
#[tokio::test]
async fn a_database_of_a_newer_binary_is_left_alone(#[values(Sqlite, Postgres)] engine: Engine) {
    let database = Database::new(engine).await;
    keyferry_store::scratch::newer_schema(&database.db).await.unwrap();
    let refused = database.db.migrate().await.unwrap_err();
    assert!(matches!(refused, StoreError::NewerSchema { found: 9999, known } if known < 9999), "{refused}");
    assert!(matches!(database.db.schema_state().await.unwrap(), SchemaState::Newer { found: 9999, .. }));
}

#[tokio::test]
async fn a_server_that_commits_carelessly_by_default_is_told_not_to() {
    let server = Server::start().unwrap();
    execute_outside(server.url(), "ALTER ROLE keyferry SET synchronous_commit = off").await;
    let Db::Postgres(opened) = Db::open(server.url()).await.unwrap() else { panic!("a Postgres") };
    let set: String = sqlx::query_scalar("SHOW synchronous_commit").fetch_one(&opened.pool).await.unwrap();
    assert_eq!(set, "on");
}

#[tokio::test]
async fn each_statement_sees_what_was_committed_before_it_whatever_the_servers_default() {
    let server = Server::start().unwrap();
    execute_outside(server.url(), "ALTER ROLE keyferry SET default_transaction_isolation = serializable")
        .await;
    let Db::Postgres(opened) = Db::open(server.url()).await.unwrap() else { panic!("a Postgres") };
    let set: String = sqlx::query_scalar("SHOW transaction_isolation").fetch_one(&opened.pool).await.unwrap();
    assert_eq!(set, "read committed");
}

#[rstest]
#[tokio::test]
async fn a_migration_that_was_edited_after_it_ran_is_told(#[values(Sqlite, Postgres)] engine: Engine) {
    let database = Database::new(engine).await;
    let edit = "UPDATE _sqlx_migrations SET checksum = \
         (SELECT m.checksum FROM _sqlx_migrations m WHERE m.version = 2) WHERE version = 1";
    execute_outside(database.url(), edit).await;
    assert!(matches!(database.db.migrate().await, Err(StoreError::Migration(_))));
}

#[tokio::test]
async fn what_is_no_database_is_refused_without_its_password() {
    for url in ["mysql://me:hunter2@host/db", "keyferry.db", "sqlite::memory:", ""] {
        let refused = Db::open(url).await.unwrap_err();
        assert!(matches!(refused, StoreError::Address(_)), "{url}: {refused}");
        assert!(!refused.to_string().contains("hunter2"));
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_corrupt() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("text.db");
    std::fs::write(&file, "this is a text and no database, however long one reads it; ".repeat(100)).unwrap();
    let refused = Db::open(&format!("sqlite:{}", file.display())).await.unwrap_err();
    assert!(matches!(refused, StoreError::Corrupt { .. }), "{refused:?}");
}

#[tokio::test]
async fn a_postgres_that_dies_makes_calls_unavailable() {
    let server = Server::start().unwrap();
    let db = Db::open(server.url()).await.unwrap();
    db.migrate().await.unwrap();
    drop(server);
    let refused = users::count(&db).await.unwrap_err();
    assert!(refused.is_unavailable(), "{refused:?}");
}

#[tokio::test]
async fn connections_that_were_cut_are_made_anew() {
    let world = World::new(Postgres).await;
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid()";
    execute_outside(world.database.url(), cut).await;
    let mut tries = 0;
    while let Err(refused) = users::count(&world.db).await {
        assert!(refused.is_unavailable(), "{refused:?}");
        tries += 1;
        assert!(tries < 50, "it never came back");
    }
}

#[rstest]
#[tokio::test]
async fn what_breaks_a_rule_of_the_schema_harms_itself_only(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let again = Team { id: world.team.clone(), name: "Again".to_owned(), created_at: START };
    assert!(teams::insert(&world.db, &again).await.unwrap_err().is_duplicate());
    let mut tx = world.db.begin().await.unwrap();
    let stranger = TeamId::new();
    let device = crate::world::unpaired(&stranger, &world.user);
    let refused = keyferry_store::devices::insert(&mut tx, &device).await.unwrap_err();
    assert!(matches!(refused, StoreError::Refused(_)), "{refused:?}");
    drop(tx);
    team(&world.db).await;
}

#[rstest]
#[tokio::test]
async fn a_dropped_transaction_is_undone(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let before = keyferry_store::changes::latest(&world.db).await.unwrap();
    let mut tx = world.db.begin().await.unwrap();
    assert!(users::rename(&mut tx, &world.user, "Other", START).await.unwrap());
    drop(tx);
    assert_eq!(users::get(&world.db, &world.user).await.unwrap().unwrap().name, "Someone");
    assert_eq!(keyferry_store::changes::latest(&world.db).await.unwrap(), before);
}
