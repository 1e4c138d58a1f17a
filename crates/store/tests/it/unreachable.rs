//! A database that can't be opened says why, and what mends it.

use keyferry_store::{Db, StoreError, Unreachable};
use keyferry_testkit::Line;
use keyferry_testkit::postgres::server;

async fn why(url: &str) -> Unreachable {
    let refused = Db::open(url).await.unwrap_err();
    assert!(refused.is_unavailable() && !refused.to_string().contains("hunter2"), "{refused:?}");
    let StoreError::Unreachable { what, .. } = refused else { panic!("{refused:?}") };
    assert!(!what.mend().is_empty());
    what
}

/// The test server's URL: what stands before the password, between it and the place, the place, and the rest.
fn parts() -> (String, String, String) {
    let url = server();
    let (scheme, rest) = url.split_once("://").unwrap();
    let (who, place) = rest.rsplit_once('@').unwrap();
    let user = who.split(':').next().unwrap();
    (format!("{scheme}://{user}"), who.to_owned(), place.split('/').next().unwrap().to_owned())
}

#[tokio::test]
async fn nobody_listens() {
    let place = "127.0.0.1:1".to_owned();
    assert_eq!(why("postgres://me:hunter2@127.0.0.1:1/none").await, Unreachable::Refused { place });
}

#[tokio::test]
async fn the_hosts_name_is_nobodys() {
    let host = "no-such-host.invalid".to_owned();
    assert_eq!(
        why("postgres://me:hunter2@no-such-host.invalid/none").await,
        Unreachable::NoSuchHost { host }
    );
}

#[tokio::test]
async fn the_password_is_wrong() {
    let (start, who, place) = parts();
    let user = who.split(':').next().unwrap().to_owned();
    let found = why(&format!("{start}:hunter2@{place}/postgres")).await;
    assert_eq!(found, Unreachable::Password { place, user });
}

#[tokio::test]
async fn the_database_is_not_there() {
    let (_, who, place) = parts();
    let found = why(&format!("postgres://{who}@{place}/none_such")).await;
    assert_eq!(found, Unreachable::NoSuchDatabase { place, name: "none_such".to_owned() });
}

#[tokio::test]
async fn the_server_speaks_no_tls() {
    let (_, who, place) = parts();
    let found = why(&format!("postgres://{who}@{place}/postgres?sslmode=require")).await;
    assert_eq!(found, Unreachable::Tls { place });
}

#[tokio::test]
async fn nobody_answers() {
    let mut line = Line::to_database(&server()).await;
    line.swallow();
    let place = line.address().to_string();
    assert_eq!(why(&line.instead_of(&server())).await, Unreachable::Silent { place });
}

#[tokio::test]
async fn the_folder_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("no/such/folder.db");
    assert_eq!(why(&format!("sqlite:{}", path.display())).await, Unreachable::File { path });
}
