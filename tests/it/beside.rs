//! The commands that stand beside a gateway find it by its data folder alone, and make nothing where there is none.

use keyferry_testkit::database::Database;
use keyferry_testkit::{Demo, Engine, Output, Person, Program, Wire, binary};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::Path;
use tempfile::TempDir;

async fn keyferry(home: &Path, arguments: &[&str]) -> Output {
    Program::run(binary::command(home).args(arguments)).await
}

fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder of ours").flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// Everything that `serve` was told by flags: its folder, its ports, a database elsewhere.
#[tokio::test]
async fn what_serve_was_told_by_flags_is_known_to_them() {
    let home = TempDir::new().unwrap();
    let mut command = binary::command(home.path());
    command.args(["serve", "--data", "kf", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"]);
    std::fs::create_dir(home.path().join("elsewhere")).unwrap();
    let mut gateway = Program::start(command.args(["--database", "sqlite:elsewhere/k.db"]));
    let first = gateway
        .line("the set-up link", |line| line.trim().starts_with("http").then(|| line.trim().to_owned()));
    let first = first.await;
    gateway.line("that it serves", |line| line.contains("serving").then_some(())).await;
    assert!(!gateway.log().contains('\u{1b}'), "colours in a log that is no terminal");

    let said = keyferry(home.path(), &["admin", "--data", "kf", "setup-link"]).await;
    assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""), "{said:#?}");
    let second = said.stdout.trim();
    let base = |link: &str| link.split_once("/dashboard/").expect("a link to a page").0.to_owned();
    assert_eq!(base(second), base(&first));
    // The one that the gateway printed still works, as the new one does.
    for link in [first.as_str(), second] {
        let page = Person::stranger(&Wire::default(), &base(link)).open(link).await;
        assert!(page.status == 200 && !page.forms().is_empty(), "{link}: {}", page.words());
    }
    let listed = keyferry(home.path(), &["key", "--data", "kf", "list", "--json"]).await.json();
    assert_eq!(listed[0]["state"], "active", "{listed:#}");
    let health = keyferry(home.path(), &["admin", "--data", "kf", "health"]).await;
    assert_eq!(health.code, Some(0), "{health:#?}");

    gateway.terminate().await;
    assert!(!home.path().join("kf/serving.json").exists(), "it serves no more");
}

#[tokio::test]
async fn where_no_gateway_was_nothing_is_made() {
    let home = TempDir::new().unwrap();
    let mut told = BTreeSet::new();
    for command in [["admin", "setup-link"], ["key", "list"], ["key", "add"]] {
        let said = keyferry(home.path(), &command).await;
        assert_eq!(said.code, Some(64), "{said:#?}");
        assert_eq!(files(home.path()), Vec::<String>::new(), "{command:?}");
        told.insert(said.stderr);
    }
    let told = told.into_iter().collect::<Vec<_>>();
    insta::assert_snapshot!(told.join("\n"), @"
    keyferry: `data`: no gateway has kept anything at ./data/keyferry.db (the data folder is ./data)
      mend: name the gateway's own, as `keyferry serve` was told: --data DIR, --database URL or --config FILE, or their variables; the demo's is --data ./data/demo
    ");
}

#[tokio::test]
async fn an_empty_postgres_stays_empty() {
    let home = TempDir::new().unwrap();
    let database = Database::empty(Engine::Postgres).await;
    let said = keyferry(home.path(), &["admin", "--database", database.url(), "setup-link"]).await;
    assert_eq!(said.code, Some(64), "{said:#?}");
    let db = keyferry_store::Db::open(database.url()).await.expect("the database opens");
    assert!(db.is_blank().await.expect("it answers"));
    db.close().await;
}

#[tokio::test]
async fn a_postgres_of_the_gateway_has_to_be_named_because_its_password_is_not_left() {
    let home = TempDir::new().unwrap();
    let database = Database::empty(Engine::Postgres).await;
    let key = keyferry(home.path(), &["key", "new"]).await;
    std::fs::write(home.path().join("kf.key"), key.stdout).unwrap();
    std::fs::set_permissions(home.path().join("kf.key"), std::os::unix::fs::PermissionsExt::from_mode(0o600))
        .unwrap();
    let mut command = binary::command(home.path());
    command.args(["serve", "--data", "kf", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"]);
    let mut gateway = Program::start(command.args(["--database", database.url()]));
    gateway.line("that it serves", |line| line.contains("serving").then_some(())).await;
    let said = keyferry(home.path(), &["admin", "--data", "kf", "setup-link"]).await;
    assert_eq!(said.code, Some(64), "{said:#?}");
    assert!(said.stderr.contains("--database"), "{said:#?}");
    let named =
        keyferry(home.path(), &["admin", "--data", "kf", "--database", database.url(), "setup-link"]).await;
    assert_eq!(named.code, Some(0), "{named:#?}");
    gateway.terminate().await;
}

#[tokio::test]
async fn a_person_is_counted_and_only_then_erased() {
    let demo = Demo::start(Engine::Sqlite).await;
    let event = json!({"userId": "jane-4711", "event": "Left"});
    demo.device().preview("segment_track", event.clone()).await.ok();
    demo.device().call("segment_track", event).await.ok();
    let erase = async |more: &[&str]| {
        let asked = [&["admin", "erase", "--subject", "jane-4711", "--json"][..], more].concat();
        let said = demo.settings.run(&asked).await;
        assert_eq!(said.code, Some(0), "{said:#?}");
        said.json()
    };
    let counted = erase(&[]).await;
    assert_eq!(
        (&counted["erased"], &counted["teams"][0]["calls"]),
        (&false.into(), &2.into()),
        "{counted:#}"
    );
    let erased = erase(&["--yes"]).await;
    assert_eq!((&erased["erased"], &erased["teams"]), (&true.into(), &counted["teams"]), "{erased:#}");
    assert_eq!(erase(&[]).await["teams"], json!([]));
    let nobody = demo.settings.run(&["admin", "erase", "--subject", " "]).await;
    assert_eq!(nobody.code, Some(3), "{nobody:#?}");
}
