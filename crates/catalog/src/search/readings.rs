//! What people call things, read as the word that the tools' texts have: `Snowflake` is a warehouse. Which words those are,
//! an integration's own file says.

use super::index::Asked;
use super::words::{Word, words};
use crate::Integration;
use std::collections::HashMap;

#[derive(Default)]
pub(super) struct Readings {
    /// By the stems of the phrase, of one word or several.
    by_stems: HashMap<Vec<String>, Word>,
    /// Words of the longest phrase.
    longest: usize,
}

impl Readings {
    pub(super) fn of<'i>(integrations: impl Iterator<Item = &'i Integration>) -> Self {
        let mut readings = Self::default();
        for (meant, phrases) in integrations.flat_map(|integration| &integration.words) {
            let Some(meant) = words(meant).into_iter().next() else { continue };
            for phrase in phrases {
                // `BigQuery` is two words with its capitals and one without.
                for spelled in [phrase.clone(), phrase.to_lowercase()] {
                    let stems: Vec<String> = words(&spelled).into_iter().map(|word| word.stem).collect();
                    readings.longest = readings.longest.max(stems.len());
                    readings.by_stems.insert(stems, meant.clone());
                }
            }
        }
        readings
    }

    /// The words in their order, the longest phrases read first.
    pub(super) fn read(&self, given: &[Word]) -> Vec<Asked> {
        let mut read = Vec::new();
        let mut rest = given;
        while let Some(first) = rest.first() {
            let lengths = (1..=self.longest.min(rest.len())).rev();
            let phrase = lengths.into_iter().find_map(|length| Some((length, self.meant(&rest[..length])?)));
            let (length, asked) = phrase.unwrap_or((1, Asked { word: first.clone(), instead_of: None }));
            read.push(asked);
            rest = &rest[length..];
        }
        read
    }

    fn meant(&self, phrase: &[Word]) -> Option<Asked> {
        let stems: Vec<String> = phrase.iter().map(|word| word.stem.clone()).collect();
        let word = self.by_stems.get(&stems)?.clone();
        let written: Vec<&str> = phrase.iter().map(|word| word.written.as_str()).collect();
        Some(Asked { word, instead_of: Some(written.join(" ")) })
    }
}
