//! One machine at several gateways, or as several devices at one: pairings have names, and their tokens a place.

use keyferry_testkit::{Demo, Engine, Output, Program, binary, until};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

/// A keyring of files that takes what the desktop's program takes.
const SECRET_TOOL: &str = r#"#!/bin/sh
mkdir -p "$HOME/ring"
case "$1" in
  store) shift 3; cat > "$HOME/ring/$4" ;;
  lookup) cat "$HOME/ring/$5" ;;
  clear) rm "$HOME/ring/$5" ;;
esac
"#;

struct Machine {
    demo: Demo,
    programs: PathBuf,
}

impl Machine {
    async fn new() -> Self {
        let demo = Demo::start(Engine::Sqlite).await;
        let programs = demo.home().join("programs");
        std::fs::create_dir(&programs).expect("a folder");
        let machine = Self { demo, programs };
        machine.keyring(SECRET_TOOL);
        machine
    }

    /// From now on the desktop's program does this.
    fn keyring(&self, program: &str) {
        let tool = self.programs.join("secret-tool");
        std::fs::write(&tool, program).expect("a file");
        std::fs::set_permissions(&tool, std::fs::Permissions::from_mode(0o755)).expect("a file of ours");
    }

    fn file(&self) -> String {
        let file = self.demo.home().join(".config/keyferry/credentials.json");
        assert_eq!(std::fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o600);
        std::fs::read_to_string(file).expect("a file")
    }

    async fn state(&self, profile: &str) -> serde_json::Value {
        let listed = self.run(&["profiles", "--json"]).await.json();
        let listed = listed.as_array().cloned().unwrap_or_default();
        let found = listed.into_iter().find(|one| one["name"] == profile);
        found.map(|one| one["state"].clone()).unwrap_or_default()
    }

    async fn run(&self, arguments: &[&str]) -> Output {
        let mut command = binary::command(&self.demo.home());
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{}:{path}", self.programs.display())).args(arguments);
        Program::run(&mut command).await
    }

    /// Pairs and is let in.
    async fn pair(&self, profile: &str, more: &[&str]) {
        let base = self.demo.base();
        let asked = [&["pair", "--url", &base, "--profile", profile, "--label", profile][..], more].concat();
        let begun = self.run(&asked).await;
        let code =
            begun.stdout.lines().find_map(|line| line.strip_prefix("Type")).expect("a code to type").trim();
        self.demo.person().await.pair(code, "confirm").await;
        until("the pairing's poll is due again", async || {
            let told = self.run(&["whoami", "--profile", profile]).await;
            (told.code == Some(0)).then_some(())
        })
        .await;
    }

    async fn who(&self, more: &[&str]) -> serde_json::Value {
        self.run(&[&["whoami", "--json"][..], more].concat()).await.json()["device"]["label"].clone()
    }
}

#[tokio::test]
async fn a_machine_is_several_devices_and_one_of_them_at_a_time() {
    let machine = Machine::new().await;
    machine.pair("first", &[]).await;
    machine.pair("second", &[]).await;
    assert_eq!(
        (machine.who(&[]).await, machine.who(&["--profile", "first"]).await),
        ("second".into(), "first".into())
    );
    let chosen = machine.run(&["profiles", "first", "--json"]).await.json();
    assert_eq!((&chosen[0]["name"], &chosen[0]["current"]), (&"first".into(), &true.into()), "{chosen:#}");
    assert_eq!(machine.who(&[]).await, "first");
    let unknown = machine.run(&["profiles", "third"]).await;
    assert_eq!(unknown.code, Some(3), "{unknown:#?}");
}

#[tokio::test]
async fn the_keyring_keeps_tokens_that_no_file_holds() {
    let machine = Machine::new().await;
    machine.pair("desk", &[]).await;
    assert_eq!(machine.who(&["--profile", "desk"]).await, "desk");
    let file = machine.file();
    let ring = std::fs::read_to_string(machine.demo.home().join("ring/desk")).unwrap();
    let ring: serde_json::Value = serde_json::from_str(&ring).unwrap();
    for token in ["access_token", "refresh_token"] {
        let token = ring["tokens"][token].as_str().expect("the keyring has both tokens");
        assert!(!file.contains(token), "a token stands in the file");
    }
    std::fs::remove_file(machine.programs.join("secret-tool")).unwrap();
    let without = machine.run(&["whoami", "--profile", "desk"]).await;
    assert_eq!(without.code, Some(1), "{without:#?}");
    assert!(without.stderr.contains("secret-tool"), "{without:#?}");
}

#[tokio::test]
async fn where_no_keyring_takes_them_a_file_keeps_the_tokens() {
    let machine = Machine::new().await;
    machine.keyring("#!/bin/sh\necho 'no desktop here' >&2\nexit 1\n");
    machine.pair("server", &[]).await;
    assert!(machine.file().contains("refresh_token"));
    let base = machine.demo.base();
    let must = machine.run(&["pair", "--url", &base, "--profile", "must", "--tokens", "keyring"]).await;
    assert_eq!((must.code, must.stdout.as_str()), (Some(1), ""), "a code that nobody needs: {must:#?}");
    assert!(must.stderr.contains("no desktop here"), "{must:#?}");
}

#[tokio::test]
async fn a_pairing_is_told_as_it_stands_at_the_gateway() {
    let machine = Machine::new().await;
    machine.keyring("#!/bin/sh\nexit 1\n");
    machine.pair("kept", &[]).await;
    machine.pair("given back", &[]).await;
    let base = machine.demo.base();
    machine.run(&["pair", "--url", &base, "--profile", "asked"]).await;
    assert_eq!(machine.state("kept").await, "paired");
    assert_eq!(machine.state("asked").await, "waiting");
    let file: serde_json::Value = serde_json::from_str(&machine.file()).unwrap();
    let given_back = machine.run(&["unpair", "--profile", "given back"]).await;
    assert_eq!(given_back.code, Some(0), "{given_back:#?}");
    assert_eq!(machine.state("given back").await, serde_json::Value::Null);
    // Somebody who kept a copy of the file has nothing.
    let restored = machine.demo.home().join(".config/keyferry/credentials.json");
    std::fs::write(restored, file.to_string()).unwrap();
    assert_eq!(machine.state("given back").await, "ended");
    let told = machine.run(&["whoami", "--profile", "given back"]).await;
    assert_eq!(told.code, Some(4), "{told:#?}");
    assert_eq!(told.stderr.to_lowercase().matches("unauthorized").count(), 1, "{told:#?}");
}
