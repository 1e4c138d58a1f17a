//! The command line at a terminal (`script` makes one): a write is shown first, and sent only after somebody said so.

use keyferry_testkit::{Demo, Engine, Output, Program, binary};
use serde_json::{Value, json};

/// Runs a line of shell at a terminal of 80 columns, with nobody who types.
async fn at_terminal(demo: &Demo, line: &str) -> Program {
    let mut command = tokio::process::Command::new("script");
    binary::plain(&mut command, &demo.home());
    demo.as_device(&mut command).env("TERM", "xterm").env("COLUMNS", "80");
    let line = line.replace("keyferry", &binary::path().display().to_string());
    Program::start(command.args(["--quiet", "--flush", "--return", "--command", &line, "/dev/null"]))
}

fn link(line: &str) -> Option<String> {
    let word = line.split_whitespace().find(|word| word.contains("/approve/cnf_"))?;
    Some(word.trim().to_owned())
}

async fn website(demo: &Demo) -> String {
    let sources = demo.device().call("segment_list_sources", json!({"limit": 1})).await.ok();
    sources["result"]["data"]["sources"][0]["id"].as_str().expect("a source").to_owned()
}

#[tokio::test]
async fn a_call_waits_for_the_person_who_approves_and_is_then_sent_once() {
    let demo = Demo::start(Engine::Sqlite).await;
    let source = website(&demo).await;
    let before = demo.sandbox.last().await;
    let mut call =
        at_terminal(&demo, &format!("keyferry call segment_delete_source sourceId={source}")).await;
    let link = call.line("the link for the person", link).await;
    assert_eq!(demo.sandbox.changes(before).await, Vec::<Value>::new(), "sent before a person approved");
    demo.person().await.approve(&link).await;
    let Output { code, stdout, .. } = call.ended().await;
    assert_eq!(code, Some(0), "{stdout}");
    assert_eq!(demo.sandbox.changes(before).await.len(), 1, "{stdout}");
}

#[tokio::test]
async fn a_call_that_the_person_denies_ends_with_the_reason() {
    let demo = Demo::start(Engine::Sqlite).await;
    let source = website(&demo).await;
    let before = demo.sandbox.last().await;
    let mut call =
        at_terminal(&demo, &format!("keyferry call segment_delete_source sourceId={source}")).await;
    let link = call.line("the link for the person", link).await;
    demo.person().await.deny(&link, "It is still needed").await;
    let Output { code, stdout, .. } = call.ended().await;
    assert_eq!(code, Some(4), "{stdout}");
    assert!(stdout.contains("It is still needed"), "{stdout}");
    assert_eq!(demo.sandbox.changes(before).await, Vec::<Value>::new());
}
