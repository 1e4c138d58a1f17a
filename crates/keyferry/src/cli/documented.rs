//! The commands that the documents show are commands that this executable takes.

use super::CommandLine;
use clap::Parser;
use clap::error::ErrorKind;
use std::path::Path;

const DOCUMENTS: [&str; 6] = [
    "README.md",
    "docs/API.md",
    "docs/INTEGRATIONS.md",
    "docs/OPERATIONS.md",
    "docs/SECURITY.md",
    "docker-compose.yml",
];

#[test]
fn every_command_of_the_documents_is_taken() {
    let mut count = 0;
    for document in DOCUMENTS {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(document);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{document}: {error}"));
        for (command, whole) in commands(&text) {
            count += 1;
            let told = CommandLine::try_parse_from(words(&command)).map_err(|error| error.kind());
            let named = [
                ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand,
                ErrorKind::MissingRequiredArgument,
                ErrorKind::MissingSubcommand,
            ];
            let taken = told.as_ref().err().is_none_or(|kind| !whole && named.contains(kind));
            assert!(taken, "{document}: `{command}`: {told:?}");
        }
    }
    assert!(count > 20, "only {count} commands were found");
}

/// What stands at a line's beginning, to be run as it is, and what a sentence names between backticks.
fn commands(text: &str) -> Vec<(String, bool)> {
    let lines = text.lines().map(|line| line.trim_start_matches(['#', '$', ' ']));
    let lines = lines.filter(|line| line.starts_with("keyferry ") && !line.contains('`'));
    let pieces = text.lines().flat_map(|line| line.split('`').skip(1).step_by(2));
    let pieces = pieces.filter(|piece| piece.starts_with("keyferry "));
    lines.map(|line| (line.to_owned(), true)).chain(pieces.map(|piece| (piece.to_owned(), false))).collect()
}

/// The words up to a comment, a pipe or a redirection, with what stands for an id or an alternative made one.
fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for letter in command.chars() {
        match (letter, quote) {
            ('>' | '|' | '#' | '…', None) if word.is_empty() => break,
            ('\'' | '"', None) => quote = Some(letter),
            (letter, Some(open)) if letter == open => quote = None,
            (' ', None) => words.extend((!word.is_empty()).then(|| std::mem::take(&mut word))),
            (letter, _) => word.push(letter),
        }
    }
    words.extend((!word.is_empty()).then_some(word));
    let real = |word: String| {
        if word.starts_with("mk_") { format!("mk_{}", "0".repeat(32)) } else { word }
    };
    words.into_iter().map(real).collect()
}
