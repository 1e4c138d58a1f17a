//! Why a tool was found, in words for the one who chooses.

use super::index::Asked;
use super::readings::Readings;
use super::words::{other_verbs, words_to_find};
use super::{FIELDS, texts};
use crate::Tool;
use std::collections::BTreeSet;

/// What a match in a field is called, in the order of `texts`.
const PLACES: [&str; FIELDS] =
    ["in its name", "as people call it", "in its summary", "in its guidance", "among its arguments"];

/// `delete, source in its name; destroy as people call it (read “destory” as “destroy”)`
pub(super) fn why(tool: &Tool, asked: &[Asked], readings: &Readings) -> String {
    let stems = texts(tool).map(|text| {
        let read = readings.read(&words_to_find(&text));
        read.into_iter().map(|asked| asked.word.stem).collect::<BTreeSet<String>>()
    });
    let mut found: [Vec<&str>; FIELDS] = Default::default();
    for one in asked {
        let is_there = |stems: &BTreeSet<String>| {
            stems.contains(&one.word.stem) || other_verbs(&one.word.stem).any(|verb| stems.contains(verb))
        };
        let exact = stems.iter().position(|stems| stems.contains(&one.word.stem));
        if let Some(at) = exact.or_else(|| stems.iter().position(is_there)) {
            found[at].push(&one.word.written);
        }
    }
    let told: Vec<String> = found
        .iter()
        .zip(PLACES)
        .filter(|(words, _)| !words.is_empty())
        .map(|(words, place)| format!("{} {place}", words.join(", ")))
        .collect();
    told.join("; ") + &read_otherwise(asked)
}

fn read_otherwise(asked: &[Asked]) -> String {
    let read = |one: &Asked| Some(format!("“{}” read as “{}”", one.instead_of.as_ref()?, one.word.written));
    let all: Vec<String> = asked.iter().filter_map(read).collect();
    if all.is_empty() { String::new() } else { format!(" ({})", all.join(", ")) }
}
