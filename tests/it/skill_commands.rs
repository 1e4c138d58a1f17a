//! Every command of the ClawLink skill's text runs word for word, by link names, and answers as
//! `docs/skill-commands.md` says.

use crate::skill_table::{self, Answered, Command};
use keyferry_testkit::{Demo, Engine, Output, Program, binary};
use serde_json::{Value, json};
use std::path::PathBuf;

struct Shell {
    demo: Demo,
    links: PathBuf,
}

impl Shell {
    async fn open() -> Self {
        let demo = Demo::start(Engine::Sqlite).await;
        let links = demo.home().join("links");
        let made = demo.cli(&["link-commands", links.to_str().expect("a temporary folder's name")]).await;
        assert_eq!(made.code, Some(0), "{made:?}");
        Self { demo, links }
    }

    /// Runs a line as a shell without a terminal would; of commands it finds only the links.
    async fn run(&self, line: &str) -> Output {
        let mut shell = tokio::process::Command::new("/bin/sh");
        binary::plain(&mut shell, &self.demo.home());
        self.demo.as_device(&mut shell).env("PATH", &self.links).args(["-c", line]);
        Program::run(&mut shell).await
    }
}

#[tokio::test]
async fn each_command_answers_as_the_table_says() {
    let shell = Shell::open().await;
    for command in skill_table::commands() {
        match &command.answer {
            Some(answer) => check(&shell, &command, answer).await,
            None => assert!(command.line.starts_with("openclaw "), "{command:?} is ours, and has no answer"),
        }
    }
}

async fn check(shell: &Shell, command: &Command, answer: &Answered) {
    let output = shell.run(&command.line).await;
    assert_eq!(output.code, Some(answer.exit), "command {}: {output:#?}", command.number);
    let said = if answer.code.is_empty() { &output.stdout } else { &output.stderr };
    assert!(said.contains(&answer.code), "command {}: {output:#?}", command.number);
    for quoted in command.says.split('`').skip(1).step_by(2) {
        assert!(said.contains(quoted), "command {} does not say `{quoted}`: {output:#?}", command.number);
    }
    assert!(
        answer.exit != 0 || answer.http == 200,
        "command {} succeeds with {}",
        command.number,
        answer.http
    );
    if let Some((tool, params)) = called(&command.line) {
        let told = shell.demo.device().call(&tool, params).await;
        assert_eq!(
            told.told(),
            (answer.http, answer.code.as_str()),
            "command {}: {}",
            command.number,
            told.text
        );
    }
    if let Some(then) = answer.then {
        check_after_preview(shell, command, then).await;
    }
}

/// The same line is sent once it was previewed, exactly once, and the upstream has seen it exactly once.
async fn check_after_preview(shell: &Shell, command: &Command, (exit, http): (i32, u16)) {
    let before = shell.demo.sandbox.last().await;
    let preview = command.line.replace("clawlink_call_tool", "clawlink_preview_tool");
    let previewed = shell.run(&preview).await;
    assert_eq!(previewed.code, Some(0), "the preview of command {}: {previewed:#?}", command.number);
    assert_eq!(shell.demo.sandbox.changes(before).await, Vec::<Value>::new(), "a preview sent something");
    let sent = shell.run(&command.line).await;
    assert_eq!(sent.code, Some(exit), "command {} after its preview: {sent:#?}", command.number);
    assert_eq!(shell.demo.sandbox.changes(before).await.len(), 1, "command {}", command.number);
    let (tool, params) = called(&command.line).expect("only calls are previewed");
    shell.demo.device().preview(&tool, params.clone()).await.ok();
    assert_eq!(shell.demo.device().call(&tool, params).await.status, http, "command {}", command.number);
}

/// What a `clawlink_call_tool` line calls, read from its own words.
fn called(line: &str) -> Option<(String, Value)> {
    let rest = line.strip_prefix("clawlink_call_tool --tool \"")?;
    let (tool, rest) = rest.split_once('"')?;
    let params = rest.split_once("--params '")?.1.strip_suffix('\'')?;
    Some((tool.to_owned(), serde_json::from_str(params).expect("the text's params are JSON")))
}

#[tokio::test]
async fn what_reads_say_is_what_the_text_promises() {
    let shell = Shell::open().await;
    let integrations = shell.run("clawlink_list_integrations").await;
    assert!(integrations.stdout.contains("segment"), "{integrations:#?}");
    let tools = shell.run("clawlink_list_tools --integration segment").await;
    for tool in SKILL_TOOLS {
        assert!(tools.stdout.contains(tool), "{tool} is not listed");
    }
    let found = shell.run("clawlink_search_tools --query 'delete a source' --integration segment").await;
    assert!(found.stdout.contains("segment_delete_source"), "{found:#?}");
    let json = shell.run("clawlink_describe_tool --tool segment_track --json").await.json();
    assert_eq!(json["tool"]["name"], json!("segment_track"), "{json:#}");
}

#[tokio::test]
async fn pairing_by_the_link_name_ends_in_a_device_that_can_call() {
    let shell = Shell::open().await;
    let run = async |line: &str| {
        let mut command = tokio::process::Command::new("/bin/sh");
        binary::plain(&mut command, &shell.demo.home());
        command.env("PATH", &shell.links).env("KEYFERRY_URL", shell.demo.base()).args(["-c", line]);
        Program::run(&mut command).await
    };
    let begun = run("clawlink_begin_pairing").await;
    let code =
        begun.stdout.lines().find_map(|line| line.strip_prefix("Type")).expect("a code to type").trim();
    let waiting = run("clawlink_list_integrations").await;
    assert_ne!(waiting.code, Some(0), "nobody has approved it yet: {waiting:#?}");
    shell.demo.person().await.pair(code, "confirm").await;
    let listed = keyferry_testkit::until("the pairing's poll is due again", async || {
        let listed = run("clawlink_list_integrations").await;
        (listed.code == Some(0)).then_some(listed)
    });
    assert!(listed.await.stdout.contains("segment"));
}

/// The 17 of the text's tool reference.
const SKILL_TOOLS: [&str; 17] = [
    "segment_add_labels_to_source",
    "segment_delete_source",
    "segment_list_connected_warehouses_from_source",
    "segment_list_schema_settings_in_source",
    "segment_update_source",
    "segment_get_destination",
    "segment_list_delivery_metrics_summary_from_destination",
    "segment_alias",
    "segment_group",
    "segment_identify",
    "segment_page",
    "segment_screen",
    "segment_track",
    "segment_batch",
    "segment_import_historical_data",
    "segment_remove_source_write_key",
    "segment_get_daily_per_source_api_calls_usage",
];
