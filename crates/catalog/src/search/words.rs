//! From a text to the words that are compared: parted at capitals, lower case, stemmed.

use std::collections::BTreeMap;
use tantivy::tokenizer::{
    AsciiFoldingFilter, Language, LowerCaser, RemoveLongFilter, SimpleTokenizer, Stemmer, TextAnalyzer,
};

/// Longer words are no words.
const LONGEST_WORD: usize = 40;

/// Words of a request that say nothing about which tool is meant.
const EMPTY_WORDS: &[&str] = &[
    "a", "an", "and", "any", "are", "as", "at", "be", "but", "by", "can", "could", "d", "did", "do", "does",
    "for", "from", "has", "have", "how", "i", "if", "in", "into", "is", "it", "its", "ll", "m", "me", "my",
    "of", "on", "or", "our", "please", "re", "s", "some", "t", "that", "the", "their", "them", "there",
    "this", "to", "us", "ve", "was", "we", "what", "with", "would", "you", "your",
];

/// Verbs that people use for one another, stemmed as the index has them.
const VERBS: [&[&str]; 7] = [
    &["list", "show", "all", "which", "see", "display", "enumer", "view"],
    &["get", "read", "fetch", "retriev", "look", "detail", "inspect"],
    &["delet", "remov", "destroy", "eras", "drop"],
    &["updat", "chang", "edit", "modifi", "set", "renam"],
    &["add", "attach", "put", "assign", "append"],
    &["send", "record", "log", "track", "fire", "emit"],
    &["revok", "rotat", "invalid"],
];

/// A word as it is written, in lower case, and its stem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) written: String,
    pub(super) stem: String,
}

/// Parts and stems.
#[derive(Clone)]
pub(super) struct Words {
    written: TextAnalyzer,
    stemmed: TextAnalyzer,
}

impl Words {
    pub(super) fn new() -> Self {
        let plain = || {
            TextAnalyzer::builder(SimpleTokenizer::default())
                .filter(RemoveLongFilter::limit(LONGEST_WORD))
                .filter(LowerCaser)
                .filter(AsciiFoldingFilter)
        };
        Self { written: plain().build(), stemmed: Self::stemmer() }
    }

    /// What the index stems texts with.
    pub(super) fn stemmer() -> TextAnalyzer {
        TextAnalyzer::builder(SimpleTokenizer::default())
            .filter(RemoveLongFilter::limit(LONGEST_WORD))
            .filter(LowerCaser)
            .filter(AsciiFoldingFilter)
            .filter(Stemmer::new(Language::English))
            .build()
    }

    /// The words of a text, in order.
    pub(super) fn of(&mut self, text: &str) -> Vec<Word> {
        let parted = parted(text);
        let written = tokens(&mut self.written, &parted);
        let stems = tokens(&mut self.stemmed, &parted);
        written.into_iter().zip(stems).map(|(written, stem)| Word { written, stem }).collect()
    }

    /// The words of a request, each stem once; without the empty words, unless nothing else is left.
    pub(super) fn of_request(&mut self, query: &str) -> Vec<Word> {
        let mut all: Vec<Word> = Vec::new();
        for word in self.of(query) {
            if !all.iter().any(|known| known.stem == word.stem) {
                all.push(word);
            }
        }
        let telling: Vec<Word> =
            all.iter().filter(|word| !EMPTY_WORDS.contains(&word.written.as_str())).cloned().collect();
        if telling.is_empty() { all } else { telling }
    }
}

fn tokens(analyzer: &mut TextAnalyzer, text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    analyzer.token_stream(text).process(&mut |token| tokens.push(token.text.clone()));
    tokens
}

/// `getDailyPerSourceAPICallsUsage` and `segment_get_source` as words with spaces.
pub(super) fn parted(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut parted = String::with_capacity(text.len() + 8);
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| letters[before]);
        let after_lower = before.is_some_and(char::is_lowercase);
        let ends_run =
            before.is_some_and(char::is_uppercase) && letters.get(at + 1).is_some_and(|n| n.is_lowercase());
        if letter.is_uppercase() && (after_lower || ends_run) {
            parted.push(' ');
        }
        parted.push(*letter);
    }
    parted.replace('_', " ")
}

/// Other verbs for the same.
pub(super) fn other_verbs(stem: &str) -> impl Iterator<Item = &'static str> {
    let group = VERBS.iter().find(|group| group.contains(&stem)).copied().unwrap_or_default();
    group.iter().copied().filter(move |other| *other != stem)
}

/// Every word that the texts know, so that a slip of the keys is read as the word that was meant.
pub(super) struct Vocabulary(BTreeMap<String, String>);

/// Shorter words have too many neighbours.
const LEAST_FOR_ONE_SLIP: usize = 4;
const LEAST_FOR_TWO_SLIPS: usize = 8;

impl Vocabulary {
    pub(super) fn of(texts: impl Iterator<Item = String>, words: &mut Words) -> Self {
        let pairs = texts.flat_map(|text| words.of(&text)).map(|word| (word.written, word.stem));
        Self(pairs.collect())
    }

    pub(super) fn knows(&self, stem: &str) -> bool {
        self.0.values().any(|known| known == stem)
    }

    /// The nearest known word; `None` when none is near enough.
    pub(super) fn meant(&self, word: &Word) -> Option<Word> {
        let allowed = match word.written.chars().count() {
            length if length >= LEAST_FOR_TWO_SLIPS => 2,
            length if length >= LEAST_FOR_ONE_SLIP => 1,
            _ => return None,
        };
        let slips = |known: &String| strsim::damerau_levenshtein(&word.written, known);
        let nearest = self.0.iter().map(|(written, stem)| (slips(written), written, stem)).min()?;
        let (distance, written, stem) = nearest;
        (distance <= allowed).then(|| Word { written: written.clone(), stem: stem.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stems(text: &str) -> Vec<String> {
        Words::new().of(text).into_iter().map(|word| word.stem).collect()
    }

    #[test]
    fn names_in_any_spelling_are_the_same_words() {
        for name in ["listReverseETLModels", "list_reverse_etl_models", "List reverse-ETL models"] {
            assert_eq!(stems(name), ["list", "revers", "etl", "model"], "{name}");
        }
    }

    #[test]
    fn every_verb_is_written_as_its_stem() {
        for verb in
            ["enumerate", "retrieve", "delete", "remove", "update", "modify", "rename", "revoke", "rotate"]
        {
            let stem = stems(verb).remove(0);
            assert_eq!(
                other_verbs(&stem).count() + 1,
                VERBS.iter().find(|g| g.contains(&stem.as_str())).map_or(0, |g| g.len()),
                "{stem}"
            );
        }
    }

    #[test]
    fn empty_words_count_only_when_there_is_nothing_else() {
        let of_request = |query: &str| -> Vec<String> {
            Words::new().of_request(query).into_iter().map(|word| word.written).collect()
        };
        assert_eq!(of_request("it's for our sources?"), ["sources"]);
        assert_eq!(of_request("is it"), ["is", "it"]);
    }

    #[test]
    fn a_slip_is_read_as_the_word_that_was_meant() {
        let mut words = Words::new();
        let known = Vocabulary::of(["destination source keys".to_owned()].into_iter(), &mut words);
        let meant = |text: &str| known.meant(&words.clone().of(text)[0]).map(|word| word.written);
        assert_eq!(meant("destinatoin"), Some("destination".into()));
        assert_eq!(meant("sorce"), Some("source".into()));
        assert_eq!(meant("kes"), None);
        assert_eq!(meant("banana"), None);
    }
}
