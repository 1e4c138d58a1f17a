//! What stops a start says which key or file it is, and how to mend it; and the exit code tells a configuration that is
//! wrong (64) from everything else (1).

use crate::house::House;
use keyferry_store::{Db, scratch};
use keyferry_testkit::database::Database;
use keyferry_testkit::{Engine, Gateway, ServeSettings};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Ids of master keys and ports are other ones each time.
fn masked(text: &str) -> String {
    let mut out = String::new();
    for (at, piece) in text.split("mk_").enumerate() {
        let id = piece.chars().take_while(char::is_ascii_hexdigit).count();
        if at > 0 {
            out.push_str("mk_…");
        }
        out.push_str(if at > 0 { &piece[id..] } else { piece });
    }
    out
}

/// What PostgreSQL's lines and our migrations are numbered by is another number tomorrow.
fn numbered(text: &str, after: &str) -> String {
    let Some((before, rest)) = text.split_once(after) else { return text.to_owned() };
    format!("{before}{after}N{}", rest.trim_start_matches(|letter: char| letter.is_ascii_digit()))
}

#[tokio::test]
async fn toml_that_is_none() {
    let mut house = House::new();
    let file = house.write("keyferry.toml", "listen = \"127.0.0.1:0\"\n[journal\nkeep = \"2 days\"\n");
    house.variable("KEYFERRY_CONFIG", &file);
    insta::assert_snapshot!(house.told().await, @r"
    exit 64
    keyferry: [home]/keyferry.toml: is not TOML: TOML parse error at line 2, column 9
      |
    2 | [journal
      |         ^
    unclosed table, expected `]`
      mend: correct the line that is shown
    ");
}

#[tokio::test]
async fn a_key_that_is_none() {
    let mut house = House::new();
    let file = house.write("keyferry.toml", "[journal]\nkeep_bodys = \"2 days\"\n");
    house.variable("KEYFERRY_CONFIG", &file);
    insta::assert_snapshot!(house.told().await, @r"
    exit 64
    keyferry: `journal.keep_bodys` (in [home]/keyferry.toml): unknown field `keep_bodys`, expected `keep` or `keep_bodies`
      mend: every key and its form stands in config/keyferry.toml of the source, with its default
    ");
}

#[tokio::test]
async fn yaml_that_is_none_in_an_integration() {
    let mut house = House::new();
    house.write("integrations/acme/integration.yaml", "integration: acme\nname: Acme\n  regions: [us\n");
    let folder = house.home.path().join("integrations").display().to_string();
    house.variable("KEYFERRY_INTEGRATIONS_DIR", &folder);
    insta::assert_snapshot!(house.told().await, @r"
    exit 1
    keyferry: [home]/integrations/acme/integration.yaml:3: mapping values are not allowed in this context. To mend it: correct the YAML; nothing of the file was taken
    ");
}

#[tokio::test]
async fn a_server_of_an_api_that_the_catalog_does_not_know() {
    let mut house = House::new();
    house.variable("KEYFERRY_INTEGRATIONS__SEGMENT__SERVERS__US__PUBLICAPI", "http://127.0.0.1:9000");
    insta::assert_snapshot!(house.told().await, @r"
    exit 64
    keyferry: `integrations.segment.servers.us.publicapi`: the catalog knows no such name
      mend: it knows: public_api, tracking, profiles
    ");
}

#[tokio::test]
async fn bodies_that_would_go_before_they_are_read() {
    let mut house = House::new();
    house.variable("KEYFERRY_JOURNAL__KEEP_BODIES", "36 hours");
    insta::assert_snapshot!(house.told().await, @r"
    exit 64
    keyferry: `journal.keep_bodies`: is shorter than 2 days
      mend: give it `2 days` or more: a month's bodies are sealed under one key, which goes with the last of them, and approvals and answers of a day still have to open
    ");
}

#[tokio::test]
async fn a_server_that_no_rule_lets_in_is_warned_of() {
    let mut house = House::new();
    house.variable("KEYFERRY_INTEGRATIONS__SEGMENT__SERVERS__US__TRACKING", "http://127.0.0.1:9");
    let moved = Gateway::start(&serving(&house)).await;
    let warned = moved.log().lines().find(|line| line.contains("servers.us.tracking")).map(str::to_owned);
    assert!(warned.is_some_and(|line| line.contains("127.0.0.1:9 in `egress.allow`")), "{}", moved.log());
    moved.terminate().await;
    let let_in =
        ServeSettings { more: Vec::new(), ..serving(&house) }.with_sandbox(([127, 0, 0, 1], 9).into());
    let let_in = Gateway::start(&let_in).await;
    assert!(!let_in.log().contains("can't be reached"), "{}", let_in.log());
    let_in.terminate().await;
}

#[tokio::test]
async fn a_port_that_is_taken() {
    let mut house = House::new();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    house.settings.listen = taken.local_addr().expect("a bound listener has an address");
    let told = house.told().await.replace(&house.settings.listen.to_string(), "127.0.0.1:PORT");
    insta::assert_snapshot!(told, @r"
    exit 64
    keyferry: `listen`: can't listen on 127.0.0.1:PORT: Address already in use (os error 98)
      mend: stop what listens there, or choose another port; port 0 takes a free one
    ");
}

#[tokio::test]
async fn a_database_that_nobody_serves() {
    let mut house = House::new();
    // A port that was free a moment ago is another test's by now.
    house.settings.database = Some("postgres://keyferry:hidden@127.0.0.1:9/keyferry".to_owned());
    let told = house.told().await;
    assert!(!told.contains("hidden"), "{told}");
    insta::assert_snapshot!(told, @r"
    exit 1
    keyferry: can't open the database postgres://keyferry:***@127.0.0.1:9/keyferry; start the server there, or correct host and port in `database`: nothing listens on 127.0.0.1:9: error communicating with database: Connection refused (os error 111)
    ");
}

#[tokio::test]
async fn a_database_whose_password_is_another() {
    let mut house = House::new();
    let database = Database::empty(Engine::Postgres).await;
    let (who, place) = database.url().rsplit_once('@').expect("a URL with a password");
    let (user, _) = who.rsplit_once(':').expect("a URL with a password");
    let (server, name) = place.split_once('/').expect("a URL with a name");
    house.settings.database = Some(format!("{user}:hidden@{place}"));
    let told = house.told().await.replace(server, "SERVER").replace(name, "NAME");
    assert!(!told.contains("hidden"), "{told}");
    insta::assert_snapshot!(numbered(&told, " at line "), @r#"
    exit 1
    keyferry: can't open the database postgres://keyferry:***@SERVER/NAME; correct user and password in `database`: SERVER refuses the password of user `keyferry`: error returned from database: password authentication failed for user "keyferry" at line N
    "#);
}

#[tokio::test]
async fn no_master_key_over_postgres() {
    let mut house = House::new();
    let database = Database::empty(Engine::Postgres).await;
    house.settings.database = Some(database.url().to_owned());
    insta::assert_snapshot!(house.told().await, @r"
    exit 1
    keyferry: there is no master key at [home]/data.key: make one with `keyferry key new > [home]/data.key` (every gateway of this database needs the same file), or name another with `keys.file`
    ");
}

#[tokio::test]
async fn the_master_key_is_gone() {
    let house = House::new();
    Gateway::start(&serving(&house)).await.terminate().await;
    std::fs::remove_file(&house.settings.key_file).expect("the first start made a key file");
    insta::assert_snapshot!(masked(&house.told().await), @r"
    exit 1
    keyferry: the key file [home]/data.key is missing, and this database is sealed with master key mk_…: put the file back, or name it with `keys.file`
    ");
}

#[tokio::test]
async fn another_master_key() {
    let house = House::new();
    Gateway::start(&serving(&house)).await.terminate().await;
    std::fs::remove_file(&house.settings.key_file).expect("the first start made a key file");
    let new = house.settings.run(&["key", "new"]).await;
    std::fs::write(&house.settings.key_file, new.stdout).expect("a key file");
    close(&house.settings.key_file, 0o600);
    insta::assert_snapshot!(masked(&house.told().await), @r"
    exit 1
    keyferry: the database is sealed with master key mk_…, which the key file [home]/data.key does not hold: put that key back, or name the right file with `keys.file`
    ");
}

#[tokio::test]
async fn a_key_file_that_others_can_read() {
    let house = House::new();
    Gateway::start(&serving(&house)).await.terminate().await;
    close(&house.settings.key_file, 0o644);
    insta::assert_snapshot!(house.told().await, @r"
    exit 1
    keyferry: others may read the key file [home]/data.key (mode 644); close it with `chmod 600 [home]/data.key`
    ");
}

#[tokio::test]
async fn a_weak_master_key() {
    let house = House::new();
    let zeros = "A".repeat(43);
    let text = format!("[[key]]\nid = \"mk_0123456789abcdef0123456789abcdef\"\nsecret = \"{zeros}=\"\n");
    house.write("data.key", &text);
    close(&house.settings.key_file, 0o600);
    let told = house.told().await;
    assert!(!told.contains(&zeros), "{told}");
    insta::assert_snapshot!(told, @r"
    exit 1
    keyferry: master key mk_0123456789abcdef0123456789abcdef is weak: all its bytes are equal; nothing was sealed under it, so take it out of where the keys come from (of a key file its [[key]] table), then make one with `keyferry key add`
    ");
}

#[tokio::test]
async fn migrations_of_a_newer_binary() {
    let house = House::new();
    Gateway::start(&serving(&house)).await.terminate().await;
    let file = house.settings.data.join("keyferry.db");
    let db = Db::open(&format!("sqlite:{}", file.display())).await.expect("the database opens");
    scratch::newer_schema(&db).await.expect("a row of a newer binary");
    db.close().await;
    insta::assert_snapshot!(numbered(&house.told().await, "none after "), @r"
    exit 1
    keyferry: can't open the database sqlite:[home]/data/keyferry.db; use the newer binary, or restore the backup that was made before it: the database is at migration 9999, and this binary knows none after N: use a newer one
    ");
}

#[tokio::test]
async fn a_second_gateway_on_one_sqlite_file() {
    let house = House::new();
    let first = Gateway::start(&serving(&house)).await;
    insta::assert_snapshot!(house.told().await, @r"
    exit 1
    keyferry: another keyferry serves [home]/data/keyferry.db: stop it, give this one a database of its own (--database or --data), or use Postgres, which several gateways may share
    ");
    first.terminate().await;
}

#[tokio::test]
async fn listening_in_the_open_without_tls() {
    let mut house = House::new();
    house.settings.listen = ([0, 0, 0, 0], 0).into();
    insta::assert_snapshot!(house.told().await, @r"
    exit 64
    keyferry: `listen`: 0.0.0.0:0 is reachable from outside without TLS
      mend: give `tls.cert` and `tls.key`, or name the proxy in front of it in `trusted_proxies`, or listen on 127.0.0.1
    ");
}

/// The same house with a log in which the testkit can read where it listens.
fn serving(house: &House) -> ServeSettings {
    ServeSettings { log: "info".to_owned(), ..house.settings.clone() }
}

fn close(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a file of ours");
}
