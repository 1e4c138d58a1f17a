//! `docs/skill-commands.md`, read: the commands in its fences and the rows of its tables.

use std::collections::BTreeMap;
use std::path::Path;

/// A command of the text with what it is to answer.
#[derive(Debug, Clone)]
pub(crate) struct Command {
    pub(crate) number: u32,
    /// Word for word, line breaks and all.
    pub(crate) line: String,
    /// `None`: it is not ours to answer.
    pub(crate) answer: Option<Answered>,
    pub(crate) says: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answered {
    pub(crate) exit: i32,
    pub(crate) http: u16,
    /// Empty when it is a success.
    pub(crate) code: String,
    /// Exit and status of the same line after a preview.
    pub(crate) then: Option<(i32, u16)>,
}

/// A row of the text's error table.
#[derive(Debug, Clone)]
pub(crate) struct ErrorRow {
    pub(crate) word: String,
    pub(crate) http: u16,
    pub(crate) code: String,
}

fn text() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/skill-commands.md");
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(crate) fn commands() -> Vec<Command> {
    let text = text();
    let mut lines = fences(&text);
    let commands = rows(&text, "## The answers").into_iter().map(|cells| {
        let [number, exit, http, code, then, says] = <[String; 6]>::try_from(cells).expect("six cells a row");
        let number: u32 = number.parse().expect("the command's number");
        let answer = (!exit.is_empty()).then(|| Answered {
            exit: exit.parse().expect("an exit code"),
            http: http.parse().expect("a status"),
            code: code.trim_matches('`').to_owned(),
            then: then
                .split_once(", ")
                .map(|(exit, http)| (exit.parse().expect("an exit code"), http.parse().expect("a status"))),
        });
        let line = lines.remove(&number).unwrap_or_else(|| panic!("row {number} has no command"));
        Command { number, line, answer, says }
    });
    let commands: Vec<Command> = commands.collect();
    assert!(lines.is_empty(), "commands without an answer: {:?}", lines.keys());
    commands
}

pub(crate) fn errors() -> Vec<ErrorRow> {
    let rows = rows(&text(), "## The error table").into_iter().map(|cells| {
        let [word, _, http, code] = <[String; 4]>::try_from(cells).expect("four cells a row");
        ErrorRow { word, http: http.parse().expect("a status"), code: code.trim_matches('`').to_owned() }
    });
    rows.collect()
}

/// Heading number → what stands in the fence below it.
fn fences(text: &str) -> BTreeMap<u32, String> {
    let sections = text.split("\n### ").skip(1).map(|section| {
        let number =
            section.split('.').next().and_then(|number| number.parse().ok()).expect("a numbered heading");
        let fence = section.split("```sh\n").nth(1).and_then(|rest| rest.split("\n```").next());
        (number, fence.expect("a fence below each heading").to_owned())
    });
    sections.collect()
}

/// The cells of the first table below a heading, its head left out.
fn rows(text: &str, heading: &str) -> Vec<Vec<String>> {
    let below = text.split(heading).nth(1).unwrap_or_else(|| panic!("no heading `{heading}`"));
    let table =
        below.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    table.skip(2).map(cells).collect()
}
