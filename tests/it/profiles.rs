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
        let tool = programs.join("secret-tool");
        std::fs::write(&tool, SECRET_TOOL).expect("a file");
        std::fs::set_permissions(&tool, std::fs::Permissions::from_mode(0o755)).expect("a file of ours");
        Self { demo, programs }
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
    machine.pair("desk", &["--keyring"]).await;
    assert_eq!(machine.who(&["--profile", "desk"]).await, "desk");
    let file =
        std::fs::read_to_string(machine.demo.home().join(".config/keyferry/credentials.json")).unwrap();
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
