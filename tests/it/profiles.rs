//! One machine at several gateways, or as several devices at one: pairings have names, and their tokens a place.

use crate::terminal::at_terminal_as;
use keyferry_testkit::{Demo, Engine, Output, Program, binary, until};
use serde_json::json;
use std::net::TcpListener;
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

    /// Asks to be paired, and tells the code to type.
    async fn begin(&self, profile: &str, more: &[&str]) -> String {
        let base = self.demo.base();
        let asked = [&["pair", "--url", &base, "--profile", profile, "--label", profile][..], more].concat();
        let begun = self.run(&asked).await;
        let code = begun.stdout.lines().find_map(|line| line.strip_prefix("Type"));
        code.expect("a code to type").trim().to_owned()
    }

    async fn approve(&self, code: &str) {
        self.demo.person().await.pair(code, "confirm").await;
    }

    /// Pairs and is let in.
    async fn pair(&self, profile: &str, more: &[&str]) {
        let code = self.begin(profile, more).await;
        self.approve(&code).await;
        self.is_paired(profile).await;
    }

    async fn is_paired(&self, profile: &str) {
        until("the pairing's poll is due again", async || {
            let told = self.run(&["whoami", "--profile", profile]).await;
            (told.code == Some(0)).then_some(())
        })
        .await;
    }

    /// What a command of the profile is told when its pairing is over; until then it waits for a person.
    async fn over(&self, profile: &str) -> Output {
        until("the pairing's poll is due again", async || {
            let told = self.run(&["whoami", "--profile", profile]).await;
            (!told.stderr.contains("waits for a person")).then_some(told)
        })
        .await
    }

    /// Somebody puts this in the place of what is saved.
    fn restore(&self, file: &str) {
        std::fs::write(self.demo.home().join(".config/keyferry/credentials.json"), file).expect("a file");
    }

    /// A profile with tokens that ran out, at another place.
    fn add(&self, name: &str, url: &str) {
        let mut file: serde_json::Value = serde_json::from_str(&self.file()).expect("it is JSON");
        let tokens = json!({"access_token": "a", "refresh_token": "r", "expires_in": 1});
        file["profiles"][name] = json!({"url": url, "device": {"tokens": tokens, "expires_at": 1}});
        self.restore(&file.to_string());
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
async fn a_keyring_that_can_not_be_read_again_keeps_no_tokens() {
    let machine = Machine::new().await;
    machine.keyring(&SECRET_TOOL.replace("cat \"$HOME/ring/$5\"", "printf '\\377'"));
    machine.pair("desk", &[]).await;
    assert!(machine.file().contains("refresh_token"));
    let ring = std::fs::read_dir(machine.demo.home().join("ring")).expect("it was tried");
    assert_eq!(ring.count(), 0, "a token stands in the keyring");
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
    machine.restore(&file.to_string());
    assert_eq!(machine.state("given back").await, "ended");
    let told = machine.run(&["whoami", "--profile", "given back"]).await;
    assert_eq!(told.code, Some(4), "{told:#?}");
    assert_eq!(told.stderr.to_lowercase().matches("unauthorized").count(), 1, "{told:#?}");
}

#[tokio::test]
async fn a_pairing_that_is_finished_by_looking_is_not_chosen_by_it() {
    let machine = Machine::new().await;
    machine.pair("chosen", &[]).await;
    let code = machine.begin("other", &[]).await;
    machine.run(&["profiles", "chosen"]).await;
    machine.approve(&code).await;
    until("the other pairing is finished", async || (machine.state("other").await == "paired").then_some(()))
        .await;
    assert_eq!(machine.who(&[]).await, "chosen");
    assert_eq!(machine.who(&["--profile", "other"]).await, "other");
}

#[tokio::test]
async fn a_code_that_was_spent_ends_only_its_own_pairing() {
    let machine = Machine::new().await;
    let code = machine.begin("new", &["--tokens", "file"]).await;
    let begun = machine.file();
    machine.approve(&code).await;
    machine.is_paired("new").await;
    let new = machine.file();
    machine.restore(&begun);
    let told = machine.over("new").await;
    assert!(told.code == Some(4) && told.stderr.contains("keyferry pair --profile new"), "{told:#?}");
    let told = machine.run(&["whoami", "--profile", "new"]).await;
    assert!(
        told.code == Some(4) && told.stderr.contains("is not paired"),
        "the code is forgotten: {told:#?}"
    );

    // The same where an older pairing holds.
    machine.restore(&new);
    let code = machine.begin("new", &["--tokens", "file"]).await;
    let begun = machine.file();
    machine.approve(&code).await;
    until("the second pairing is finished", async || {
        machine.run(&["whoami", "--profile", "new"]).await;
        (!machine.file().contains("device_code")).then_some(())
    })
    .await;
    machine.restore(&begun);
    let told = until("the spent code is asked for", async || {
        let told = machine.run(&["whoami", "--profile", "new"]).await;
        (!machine.file().contains("device_code")).then_some(told)
    })
    .await;
    assert_eq!(told.code, Some(0), "{told:#?}");
}

#[tokio::test]
async fn whoever_waits_at_a_terminal_is_paired_by_another_commands_asking_too() {
    let machine = Machine::new().await;
    let line = format!("keyferry pair --url {} --profile desk --tokens file", machine.demo.base());
    let mut waiting = at_terminal_as(&machine.demo, &line, |command| command);
    let code =
        waiting.line("the code", |line| line.trim().strip_prefix("Type").map(|code| code.trim().to_owned()));
    machine.approve(&code.await).await;
    machine.is_paired("desk").await;
    let ended = waiting.ended().await;
    assert!(ended.code == Some(0) && ended.stdout.contains("Paired with"), "{ended:#?}");
}

#[tokio::test]
async fn tokens_that_the_keyring_does_not_take_are_given_back() {
    let machine = Machine::new().await;
    let code = machine.begin("desk", &["--tokens", "keyring"]).await;
    machine.keyring("#!/bin/sh\necho 'it is locked' >&2\nexit 1\n");
    machine.approve(&code).await;
    let told = machine.over("desk").await;
    assert_eq!(told.code, Some(4), "{told:#?}");
    assert!(told.stderr.contains("it is locked") && told.stderr.contains("was given back"), "{told:#?}");
    assert!(!machine.file().contains("refresh_token"), "a token stands in the file");
    let told = machine.run(&["whoami", "--profile", "desk"]).await;
    assert!(told.stderr.contains("is not paired"), "{told:#?}");
}

#[tokio::test]
async fn a_gateway_that_does_not_answer_keeps_no_list_waiting() {
    let machine = Machine::new().await;
    machine.pair("answers", &["--tokens", "file"]).await;
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    machine.add("silent", &format!("http://{}/", silent.local_addr().expect("an address")));
    assert_eq!(
        (machine.state("silent").await, machine.state("answers").await),
        ("unknown".into(), "paired".into())
    );
}

#[tokio::test]
async fn a_machine_forgets_a_gateway_that_is_gone() {
    let machine = Machine::new().await;
    machine.pair("here", &["--tokens", "file"]).await;
    let gone = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    machine.add("gone", &format!("http://{gone}/"));
    let told = machine.run(&["unpair", "--profile", "gone"]).await;
    assert_eq!(told.code, Some(69), "{told:#?}");
    assert!(told.stderr.contains("--only-here"), "{told:#?}");
    let told = machine.run(&["unpair", "--profile", "gone", "--only-here"]).await;
    assert!(told.code == Some(0) && told.stdout.contains("Devices page"), "{told:#?}");
    assert_eq!(machine.state("gone").await, serde_json::Value::Null);
    assert_eq!(machine.state("here").await, "paired");
}
