//! From a text to the words that are compared: parted at capitals, lower case, stemmed.

use super::index::Asked;
use frostem::{Algorithm, Stemmer};
use std::collections::{BTreeMap, HashSet};

/// Longer words are no words.
const LONGEST_WORD: usize = 40;

/// Words of a request that say nothing about which tool is meant.
const EMPTY_WORDS: &[&str] = &[
    "a", "an", "and", "any", "are", "as", "at", "be", "but", "by", "can", "could", "d", "did", "do", "does",
    "for", "from", "has", "have", "how", "i", "if", "in", "into", "is", "it", "its", "ll", "m", "me", "my",
    "of", "on", "or", "our", "please", "re", "s", "some", "t", "that", "the", "their", "them", "there",
    "this", "to", "us", "ve", "was", "we", "were", "what", "with", "would", "you", "your",
];

/// Verbs that people use for one another, stemmed.
const VERBS: [&[&str]; 14] = [
    &["list", "show", "all", "which", "see", "display", "enumer", "view"],
    &["get", "read", "fetch", "retriev", "look", "detail", "inspect"],
    &["delet", "remov", "destroy", "eras", "drop", "kill", "wipe", "purg", "discard", "throw"],
    &["updat", "chang", "edit", "modifi", "set", "renam", "fix", "correct", "adjust"],
    &["add", "attach", "put", "assign", "append", "creat", "make", "build", "new", "generat"],
    &["connect", "hook", "link", "plug"],
    &["send", "record", "log", "track", "fire", "emit"],
    &["revok", "rotat", "invalid"],
    &["paus", "disabl", "stop", "deactiv", "suspend", "mute", "halt", "off"],
    &["test", "try", "valid", "verifi", "check"],
    &["run", "start", "trigger", "execut", "launch", "recalcul", "refresh"],
    &["cancel", "abort", "interrupt"],
    &["deploy", "publish", "releas"],
    &["exclud", "omit", "hide", "strip", "skip"],
];

/// A word as it is written, in lower case, and its stem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) written: String,
    pub(super) stem: String,
}

impl Word {
    fn new(written: String) -> Self {
        let stem = Stemmer::new(Algorithm::English).stem(&written).into_owned();
        Self { written, stem }
    }
}

/// The words of a request, in order.
pub(super) fn words(text: &str) -> Vec<Word> {
    runs(text).flat_map(|run| parted(run).into_iter().filter_map(word)).collect()
}

/// The words of a text that is searched: besides the parts of `BigQuery` also the whole, since people write `bigquery`.
pub(super) fn words_to_find(text: &str) -> Vec<Word> {
    let of_run = |run| {
        let parts = parted(run);
        let whole = (parts.len() > 1).then_some(run);
        parts.into_iter().chain(whole).filter_map(word).collect::<Vec<_>>()
    };
    runs(text).flat_map(of_run).collect()
}

/// Each stem of a request once; without the empty words, unless nothing else is left.
pub(super) fn telling(request: Vec<Asked>) -> Vec<Asked> {
    let mut all: Vec<Asked> = Vec::new();
    for asked in request {
        if !all.iter().any(|known| known.word.stem == asked.word.stem) {
            all.push(asked);
        }
    }
    let tells = |asked: &&Asked| !EMPTY_WORDS.contains(&asked.word.written.as_str());
    let telling: Vec<Asked> = all.iter().filter(tells).cloned().collect();
    if telling.is_empty() { all } else { telling }
}

fn runs(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric()).filter(|run| !run.is_empty())
}

fn word(part: &str) -> Option<Word> {
    (part.chars().count() <= LONGEST_WORD).then(|| Word::new(part.to_lowercase()))
}

/// `getDailyPerSourceAPICallsUsage` at its capitals; runs of capitals stay together.
fn parted(run: &str) -> Vec<&str> {
    let letters: Vec<(usize, char)> = run.char_indices().collect();
    let begins_part = |at: usize| {
        let before = letters[at - 1].1;
        let ends_run =
            before.is_uppercase() && letters.get(at + 1).is_some_and(|(_, next)| next.is_lowercase());
        letters[at].1.is_uppercase() && (before.is_lowercase() || ends_run)
    };
    let mut parts = Vec::new();
    let mut from = 0;
    for at in (1..letters.len()).filter(|at| begins_part(*at)) {
        parts.push(&run[from..letters[at].0]);
        from = letters[at].0;
    }
    parts.push(&run[from..]);
    parts
}

/// Other verbs for the same.
pub(super) fn other_verbs(stem: &str) -> impl Iterator<Item = &'static str> {
    let group = VERBS.iter().find(|group| group.contains(&stem)).copied().unwrap_or_default();
    group.iter().copied().filter(move |other| *other != stem)
}

/// Every word that the texts know, so that a slip of the keys is read as the word that was meant.
pub(super) struct Vocabulary {
    /// The stem of each, by how it is written.
    written: BTreeMap<String, String>,
    stems: HashSet<String>,
}

/// Shorter words have too many neighbours.
const LEAST_FOR_ONE_SLIP: usize = 4;
const LEAST_FOR_TWO_SLIPS: usize = 8;

impl Vocabulary {
    pub(super) fn of(words: impl Iterator<Item = Word>) -> Self {
        let written: BTreeMap<String, String> = words.map(|word| (word.written, word.stem)).collect();
        let stems = written.values().cloned().collect();
        Self { written, stems }
    }

    pub(super) fn knows(&self, stem: &str) -> bool {
        self.stems.contains(stem)
    }

    /// The nearest known word; `None` when none is near enough.
    pub(super) fn meant(&self, word: &Word) -> Option<Word> {
        let length = word.written.chars().count();
        let allowed = match length {
            LEAST_FOR_TWO_SLIPS.. => 2,
            LEAST_FOR_ONE_SLIP.. => 1,
            _ => return None,
        };
        // Counting slips is what costs, and a word of another length has at least as many as the lengths differ by.
        let near = |known: &str| known.chars().count().abs_diff(length) <= allowed;
        let slips = |known: &str| strsim::damerau_levenshtein(&word.written, known);
        let known = self.written.iter().filter(|(written, _)| near(written));
        let (distance, written, stem) = known.map(|(written, stem)| (slips(written), written, stem)).min()?;
        (distance <= allowed).then(|| Word { written: written.clone(), stem: stem.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stems(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.stem).collect()
    }

    fn written(words: Vec<Word>) -> Vec<String> {
        words.into_iter().map(|word| word.written).collect()
    }

    #[test]
    fn names_in_any_spelling_are_the_same_words() {
        for name in ["listReverseETLModels", "list_reverse_etl_models", "List reverse-ETL models"] {
            assert_eq!(stems(name), ["list", "revers", "etl", "model"], "{name}");
        }
    }

    #[test]
    fn a_name_in_parts_is_found_as_one_word_too() {
        assert_eq!(written(words_to_find("in BigQuery")), ["in", "big", "query", "bigquery"]);
        assert_eq!(written(words("in BigQuery")), ["in", "big", "query"]);
    }

    #[test]
    fn every_verb_is_written_as_its_stem() {
        let verbs = "enumerate retrieve delete remove erase update change modify rename create revoke rotate \
                     pause disable deactivate";
        for verb in verbs.split_whitespace() {
            let stem = stems(verb).remove(0);
            assert!(VERBS.iter().any(|group| group.contains(&stem.as_str())), "{verb}: {stem}");
        }
        let all = || VERBS.iter().flat_map(|group| group.iter());
        assert!(all().all(|verb| all().filter(|other| *other == verb).count() == 1));
    }

    #[test]
    fn empty_words_count_only_when_there_is_nothing_else() {
        let of_request = |query: &str| {
            let asked = words(query).into_iter().map(|word| Asked { word, instead_of: None }).collect();
            written(telling(asked).into_iter().map(|asked| asked.word).collect())
        };
        assert_eq!(of_request("it's for our sources?"), ["sources"]);
        assert_eq!(of_request("is it"), ["is", "it"]);
    }

    #[test]
    fn a_slip_is_read_as_the_word_that_was_meant() {
        let known = Vocabulary::of(words("destination source keys").into_iter());
        let meant = |text: &str| known.meant(&words(text)[0]).map(|word| word.written);
        assert_eq!(meant("destinatoin"), Some("destination".into()));
        assert_eq!(meant("sorce"), Some("source".into()));
        assert_eq!(meant("kes"), None);
        assert_eq!(meant("banana"), None);
    }
}
