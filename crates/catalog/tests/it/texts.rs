//! What agents are told: each sentence short, whole, and of one tool alone.

use crate::embedded::catalog;
use keyferry_catalog::Tool;
use std::collections::BTreeMap;

/// Characters of one line; agents pay for each.
const LONGEST_LINE: usize = 170;
const LONGEST_SUMMARY: usize = 110;

/// The lines by which a tool is chosen and used. `prerequisites` may be shared: several tools need the same id.
fn lines(tool: &Tool) -> impl Iterator<Item = &String> {
    let guidance = &tool.guidance;
    [&guidance.when_to_use, &guidance.ask_before, &guidance.follow_ups].into_iter().flatten()
}

#[test]
fn lines_are_short_and_whole_sentences() {
    let mut wrong = Vec::new();
    for tool in catalog().tools(None) {
        let mut must = |right: bool, line: &str| {
            if !right {
                wrong.push(format!("{}: {line}", tool.name));
            }
        };
        must(tool.summary.chars().count() <= LONGEST_SUMMARY, &tool.summary);
        must((2..=6).contains(&tool.title.split_whitespace().count()), &tool.title);
        let reasons = [&tool.no_before, &tool.no_affected].into_iter().flatten();
        for line in lines(tool).chain(&tool.guidance.prerequisites).chain([&tool.summary]).chain(reasons) {
            let begins = line.starts_with(|first: char| first.is_uppercase() || first == '`');
            must(begins && line.ends_with('.') && line.chars().count() <= LONGEST_LINE, line);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_two_tools_say_the_same() {
    let mut said: BTreeMap<&str, &str> = BTreeMap::new();
    let mut twice = Vec::new();
    for tool in catalog().tools(None) {
        for line in lines(tool).chain([&tool.summary, &tool.title]) {
            // Where a list is read from, several lists may point to the same next tool.
            let points = line.starts_with('`');
            let other = said.insert(line, &tool.name).filter(|other| *other != tool.name && !points);
            twice.extend(other.map(|other| format!("{} and {other}: {line}", tool.name)));
        }
    }
    assert!(twice.is_empty(), "{twice:#?}");
}

#[test]
fn every_tool_says_what_it_is_not_for() {
    for tool in catalog().tools(None) {
        assert!(tool.guidance.when_to_use.iter().any(|line| line.contains("Not ")), "{}", tool.name);
    }
}

#[test]
fn every_change_says_how_to_see_what_came_of_it() {
    for tool in catalog().tools(None).filter(|tool| tool.impact.changes()) {
        assert!(!tool.guidance.follow_ups.is_empty(), "{}", tool.name);
        assert!(tool.idempotent || tool.if_unknown.is_some(), "{}", tool.name);
    }
}
