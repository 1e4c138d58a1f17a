//! `keyferry demo` keeps its promises: private files, nothing from the environment, nobody else's database, loopback only.

use keyferry_testkit::database::Database;
use keyferry_testkit::{DemoFile, Device, Engine, Output, Person, Program, ServeSettings, Wire, binary};
use rstest::rstest;
use serde_json::json;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tempfile::TempDir;
use tokio::process::Command;

fn demo_in(home: &Path, more: &[&str]) -> Command {
    let mut command = binary::command(home);
    command
        .args(["demo", "--listen", "127.0.0.1:0", "--sandbox-listen", "127.0.0.1:0", "--data", "demo"])
        .args(more);
    command
}

async fn once(home: &Path, more: &[&str]) -> Output {
    Program::run(demo_in(home, &["--once"]).args(more)).await
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).permissions().mode()
        & 0o777
}

#[tokio::test]
async fn its_files_are_its_owners_alone_even_in_a_folder_that_was_open() {
    let home = TempDir::new().unwrap();
    let data = home.path().join("demo");
    std::fs::create_dir(&data).unwrap();
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o755)).unwrap();
    let output = once(home.path(), &[]).await;
    assert_eq!(output.code, Some(0), "{output:#?}");
    assert_eq!(mode(&data), 0o700);
    for file in ["demo.json", "sandbox.json"] {
        assert_eq!(mode(&data.join(file)), 0o600, "{file}");
    }
    assert_eq!(mode(&home.path().join("demo.key")), 0o600);
}

#[tokio::test]
async fn it_stays_up_and_what_it_wrote_works() {
    let home = TempDir::new().unwrap();
    let mut program = Program::start(&mut demo_in(home.path(), &[]));
    let link = program.line("the link that signs in", |line| {
        line.split_whitespace().find(|word| word.contains("/dashboard/sign-in/")).map(str::to_owned)
    });
    let link = link.await;
    let text = std::fs::read_to_string(home.path().join("demo/demo.json")).unwrap();
    let file: DemoFile = serde_json::from_str(&text).unwrap();
    let base = file.base_url.trim_end_matches('/').to_owned();
    let wire = Wire::default();
    let device = Device { wire: wire.clone(), base: base.clone(), token: file.device_token.clone() };
    let whoami = device.get("/api/agent/whoami").await.ok();
    assert_eq!(whoami["device"]["rule"], "confirm", "{whoami:#}");
    device
        .call_with("segment_list_sources", json!({"limit": 1}), json!({"connectionId": file.connection_id}))
        .await
        .ok();
    for key in ["public_api", "tracking", "profiles", "space_id"] {
        assert!(file.credentials[key].is_string(), "demo.json lacks credentials.{key}");
    }
    let seen = wire
        .send(wire.client.get(format!("{}/__sandbox/requests", file.sandbox_url.trim_end_matches('/'))))
        .await
        .ok();
    let newest =
        seen["requests"].as_array().and_then(|requests| requests.last()).expect("something arrived").clone();
    let key = file.credentials["public_api"].as_str().unwrap();
    assert_eq!(newest["headers"]["authorization"], json!(format!("Bearer {key}")));

    Person::signed_in(&wire, &base, &file.email, &file.password).await;
    let guest = Person::stranger(&wire, &base);
    let page = guest.open(&link).await;
    let form = page.forms().into_iter().next().expect("a button that spends the link");
    assert_eq!(guest.send(form.clone()).await.path, "/dashboard");
    let again = Person::stranger(&wire, &base).send(form).await;
    assert!(again.status >= 400, "the link signed in twice: {}", again.words());
    let ended = program.terminate().await;
    assert_eq!(ended.code, Some(0), "{ended:#?}");
}

#[tokio::test]
async fn a_second_start_finds_everything_again() {
    let home = TempDir::new().unwrap();
    let first = once(home.path(), &[]).await;
    assert_eq!(first.code, Some(0), "{first:#?}");
    let before = DemoFile::read(&home.path().join("demo"));
    let second = once(home.path(), &[]).await;
    assert_eq!(second.code, Some(0), "{second:#?}");
    let after = DemoFile::read(&home.path().join("demo"));
    assert_eq!((before.device_token, before.password), (after.device_token, after.password));
    assert_eq!(before.credentials, after.credentials);
}

#[tokio::test]
async fn no_variable_of_the_environment_reaches_it() {
    let home = TempDir::new().unwrap();
    let mut command = demo_in(home.path(), &["--once"]);
    command.envs([
        ("KEYFERRY_DATABASE", "postgres://nobody@127.0.0.1:9/nothing"),
        ("KEYFERRY_LISTEN", "not an address"),
        ("KEYFERRY_DATA", "/nowhere"),
        ("KEYFERRY_KEYS__FILE", "/nowhere/key"),
        ("KEYFERRY_CONFIG", "/nowhere/keyferry.toml"),
        ("KEYFERRY_URL", "http://127.0.0.1:9"),
        ("KEYFERRY_TOKEN", "kfd_wrong"),
        ("KEYFERRY_NO_SUCH_KEY", "1"),
    ]);
    let output = Program::run(&mut command).await;
    assert_eq!(output.code, Some(0), "{output:#?}");
}

#[rstest]
#[tokio::test]
async fn a_database_of_somebody_else_is_refused_and_left_as_it_was(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let home = TempDir::new().unwrap();
    let foreign = Database::new(engine).await;
    let output = once(home.path(), &["--database", foreign.url()]).await;
    assert_eq!(output.code, Some(1), "{output:#?}");
    assert!(output.stderr.contains("neither empty nor a demo's"), "{output:#?}");
    assert!(!home.path().join("demo/demo.json").exists());
    let users = keyferry_store::users::count(&foreign.db).await.unwrap();
    assert_eq!(users, 0, "the demo made an account in it");
}

#[tokio::test]
async fn a_gateways_database_is_refused_too() {
    let home = TempDir::new().unwrap();
    let settings = ServeSettings::new(home.path(), &home.path().join("real"));
    let gateway = keyferry_testkit::Gateway::start(&settings).await;
    gateway.terminate().await;
    let url = format!("sqlite:{}", home.path().join("real/keyferry.db").display());
    let output = once(home.path(), &["--database", &url]).await;
    assert_eq!(output.code, Some(1), "{output:#?}");
}

#[tokio::test]
async fn it_listens_on_loopback_only() {
    let home = TempDir::new().unwrap();
    for flag in ["--listen", "--sandbox-listen"] {
        let mut command = binary::command(home.path());
        let other = if flag == "--listen" { "--sandbox-listen" } else { "--listen" };
        command.args(["demo", "--once", "--data", "demo", flag, "0.0.0.0:0", other, "127.0.0.1:0"]);
        let output = Program::run(&mut command).await;
        assert_ne!(output.code, Some(0), "{flag} 0.0.0.0: {output:#?}");
        assert!(
            output.stderr.contains("loopback") || output.stderr.contains("127.0.0.1"),
            "{flag}: {output:#?}"
        );
    }
}

#[tokio::test]
async fn the_sandbox_by_itself_keeps_its_keys() {
    let home = TempDir::new().unwrap();
    let start = || {
        let mut command = binary::command(home.path());
        Program::start(command.args(["sandbox", "--listen", "127.0.0.1:0", "--credentials", "keys.json"]))
    };
    let mut printed = Vec::new();
    for _ in 0..2 {
        let mut program = start();
        let key = program.line("its Public API token", |line| {
            line.split_whitespace().find(|word| word.starts_with("sgp_")).map(str::to_owned)
        });
        printed.push(key.await);
        program.terminate().await;
    }
    assert_eq!(printed[0], printed[1]);
    assert_eq!(mode(&home.path().join("keys.json")), 0o600);
}

/// What differs from run to run is named: ports, ids, keys, the code to type.
fn masked(text: &str) -> String {
    let line = |line: &str| line.split(' ').map(masked_word).collect::<Vec<_>>().join(" ");
    text.trim().lines().map(line).collect::<Vec<_>>().join("\n")
}

fn masked_word(word: &str) -> String {
    let letters = |half: &str| half.len() == 4 && half.bytes().all(|letter| letter.is_ascii_uppercase());
    if word.trim_end_matches(',').split_once('-').is_some_and(|(one, two)| letters(one) && letters(two)) {
        return "CODE".to_owned();
    }
    if let Some((before, rest)) = word.split_once("127.0.0.1:") {
        let rest = rest.trim_start_matches(|letter: char| letter.is_ascii_digit());
        return masked_word(&format!("{before}HERE{rest}"));
    }
    let id = ["kfs_", "sgp_", "cnf_"].iter().find_map(|kind| Some(&word[..word.find(kind)? + kind.len()]));
    id.map_or_else(|| word.to_owned(), |before| format!("{before}…"))
}

#[tokio::test]
async fn the_readme_shows_what_it_prints() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let shown = readme.split("\n```\n").find(|block| block.starts_with("Keyferry   http://"));
    let home = TempDir::new().unwrap();
    let output = once(home.path(), &[]).await;
    assert_eq!(masked(shown.expect("the README shows the demo")), masked(&output.stdout));
}
