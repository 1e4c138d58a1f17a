//! The command line at a terminal (`script` makes one): a write is shown first, and sent only after somebody said so.

use keyferry_testkit::{Demo, Engine, Output, Person, Program, binary};
use serde_json::json;

/// Runs a line of shell at a terminal of 80 columns, with nobody who types.
async fn at_terminal(demo: &Demo, line: &str) -> Program {
    let mut command = tokio::process::Command::new("script");
    binary::plain(&mut command, &demo.home());
    demo.as_device(&mut command).env("TERM", "xterm").env("COLUMNS", "80");
    let line = line.replace("keyferry", &binary::path().display().to_string());
    Program::start(command.args(["--quiet", "--flush", "--return", "--command", &line, "/dev/null"]))
}

async fn website(demo: &Demo) -> String {
    let sources = demo.device().call("segment_list_sources", json!({"limit": 1})).await.ok();
    sources["result"]["data"]["sources"][0]["id"].as_str().expect("a source").to_owned()
}

/// A deletion that is shown at a terminal, decided by a person, and ended; with what reached Segment before and after
/// that.
async fn deletion(decide: impl AsyncFnOnce(&Person, &str)) -> (Output, [usize; 2]) {
    let demo = Demo::start(Engine::Sqlite).await;
    let source = website(&demo).await;
    let since = demo.sandbox.last().await;
    let line = format!("keyferry call segment_delete_source sourceId={source}");
    let mut call = at_terminal(&demo, &line).await;
    let link = call.line("the link for the person", |line| {
        line.split_whitespace().find(|word| word.contains("/approve/cnf_")).map(str::to_owned)
    });
    let link = link.await;
    let before = demo.sandbox.changes(since).await.len();
    decide(&demo.person().await, &link).await;
    let ended = call.ended().await;
    (ended, [before, demo.sandbox.changes(since).await.len()])
}

#[tokio::test]
async fn a_call_waits_for_the_person_who_approves_and_is_then_sent_once() {
    let (ended, sent) = deletion(async |person, link| person.approve(link).await).await;
    assert_eq!((ended.code, sent), (Some(0), [0, 1]), "{ended:#?}");
}

#[tokio::test]
async fn a_call_that_the_person_denies_ends_with_the_reason() {
    let (ended, sent) = deletion(async |person, link| person.deny(link, "It is still needed").await).await;
    assert_eq!((ended.code, sent), (Some(4), [0, 0]), "{ended:#?}");
    assert!(ended.stdout.contains("It is still needed"), "{ended:#?}");
}
