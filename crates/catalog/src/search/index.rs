//! The index: BM25 in memory over a few fields, each with its weight.

use super::intent::Wanted;
use super::readings::Readings;
use super::words::{Vocabulary, Word, other_verbs, telling, words, words_to_find};
use super::{FIELDS, texts, why};
use crate::accept::fold;
use crate::{Filter, Hit, Integration, Tool};
use std::sync::Arc;
use tantivy::collector::TopDocs;
use tantivy::directory::RamDirectory;
use tantivy::query::{BooleanQuery, BoostQuery, DisjunctionMaxQuery, Occur, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{TokenizerManager, WhitespaceTokenizer};
use tantivy::{Index, IndexReader, IndexSettings, ReloadPolicy, TantivyDocument, TantivyError, Term};

const TOKENIZER: &str = "stems";
/// How much a word in a field counts, in the order of `texts`.
const WEIGHTS: [(&str, f32); FIELDS] =
    [("name", 2.5), ("synonyms", 4.0), ("summary", 2.0), ("guidance", 1.5), ("arguments", 0.8)];
/// What it counts that a name has a word exactly as it was asked for.
const EXACT: f32 = 3.0;
/// What another verb for the same counts.
const OTHER_VERB: f32 = 0.3;
/// What further fields count that have a word too: a word tells little more for standing everywhere.
const OTHER_FIELDS: f32 = 0.3;
/// What the writer may use while it builds. It is gone afterwards.
const BUILD_BYTES: usize = 15_000_000;
/// More of a request than this is not read, in characters and in words.
const LONGEST_REQUEST: usize = 400;
const MOST_WORDS: usize = 24;
/// Far above any score: the name itself was asked for.
const BY_NAME: f32 = 1_000.0;

pub(crate) struct SearchIndex {
    reader: IndexReader,
    fields: Vec<(Field, f32)>,
    /// The name's words as they are written: `sources` is rather asked of many, `source` of one.
    exact: Field,
    vocabulary: Vocabulary,
    readings: Readings,
}

impl SearchIndex {
    /// Built by one writer without threads of its own, whose memory is freed before this returns.
    ///
    /// # Errors
    /// When the index can't be built.
    pub(crate) fn build<'i>(
        tools: &[Arc<Tool>],
        integrations: impl Iterator<Item = &'i Integration>,
    ) -> Result<Self, TantivyError> {
        let readings = Readings::of(integrations);
        let (schema, fields, exact) = schema();
        let tokenizers = TokenizerManager::new();
        tokenizers.register(TOKENIZER, WhitespaceTokenizer::default());
        // The one segment keeps the order in which tools were added: a document's number is the tool's.
        let mut writer = Index::builder()
            .schema(schema)
            .settings(IndexSettings::default())
            .tokenizers(tokenizers)
            .single_segment_index_writer::<TantivyDocument>(RamDirectory::create(), BUILD_BYTES)?;
        let mut all_words = Vec::new();
        for tool in tools {
            let mut document = TantivyDocument::new();
            for ((field, _), text) in fields.iter().zip(texts(tool)) {
                let words = words_to_find(&text);
                document.add_text(*field, stems(&readings.read(&words)));
                all_words.extend(words);
            }
            document.add_text(exact, written(&words(&format!("{} {}", tool.name, tool.title))));
            writer.add_document(document)?;
        }
        let reader = writer.finalize()?.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(Self { reader, fields, exact, vocabulary: Vocabulary::of(all_words.into_iter()), readings })
    }

    /// The tools that fit best, and why. `tools` are those that the index was built from.
    pub(crate) fn search(
        &self,
        tools: &[Arc<Tool>],
        query: &str,
        filter: Filter<'_>,
        limit: usize,
    ) -> Vec<Hit> {
        let query = query.char_indices().nth(LONGEST_REQUEST).map_or(query, |(end, _)| &query[..end]);
        let request = words(query);
        let read = telling(self.readings.read(&request));
        let asked: Vec<Asked> = read.into_iter().take(MOST_WORDS).map(|asked| self.known(asked)).collect();
        let wanted = Wanted::of(&request);
        let score = |score: f32, tool: &Tool| match wanted {
            _ if is_named(tool, query) => BY_NAME,
            Some(wanted) => score * wanted.lean(tool),
            None => score,
        };
        let scored = self.scores(&asked, tools.len()).into_iter().zip(tools);
        let mut found: Vec<(f32, &Arc<Tool>)> = scored
            .map(|(found, tool)| (score(found, tool), tool))
            .filter(|(score, tool)| *score > 0.0 && filter.takes(tool))
            .collect();
        // Stable: of equal ones, the first in the files comes first.
        found.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        let hit = |(score, tool): (f32, &Arc<Tool>)| {
            let why = if score < BY_NAME {
                why::why(tool, &asked, &self.readings)
            } else {
                "it is its name".to_owned()
            };
            Hit { tool: Arc::clone(tool), score, why }
        };
        found.into_iter().take(limit).map(hit).collect()
    }

    /// A word that no text has is taken for the nearest that one has.
    fn known(&self, given: Asked) -> Asked {
        let stem = &given.word.stem;
        let is_known =
            given.instead_of.is_some() || self.vocabulary.knows(stem) || other_verbs(stem).next().is_some();
        let meant = if is_known { None } else { self.vocabulary.meant(&given.word) };
        match meant {
            // The word that was meant may be one that people say for another.
            Some(word) => {
                let read = self.readings.read(std::slice::from_ref(&word)).pop();
                Asked { word: read.map_or(word, |read| read.word), instead_of: Some(given.word.written) }
            }
            None => given,
        }
    }

    /// The score of each tool, in their order; nothing of what was asked for is 0.
    fn scores(&self, asked: &[Asked], tools: usize) -> Vec<f32> {
        let mut scores = vec![0.0; tools];
        let clauses = asked.iter().map(|asked| (Occur::Should, self.query_of(&asked.word))).collect();
        let all = TopDocs::with_limit(tools.max(1)).order_by_score();
        match self.reader.searcher().search(&BooleanQuery::new(clauses), &all) {
            Ok(found) => {
                for (score, document) in found {
                    scores[document.doc_id as usize] = score;
                }
            }
            Err(error) => tracing::error!(%error, "the search index can't be read"),
        }
        scores
    }

    /// The best of the fields that have the word or another verb for it.
    fn query_of(&self, word: &Word) -> Box<dyn Query> {
        let other = other_verbs(&word.stem).map(|verb| (verb, OTHER_VERB));
        let mut places = vec![term(self.exact, &word.written, EXACT)];
        for (stem, share) in std::iter::once((word.stem.as_str(), 1.0)).chain(other) {
            places.extend(self.fields.iter().map(|(field, weight)| term(*field, stem, weight * share)));
        }
        Box::new(DisjunctionMaxQuery::with_tie_breaker(places, OTHER_FIELDS))
    }
}

/// A word of a request, as it is looked for.
#[derive(Clone)]
pub(super) struct Asked {
    pub(super) word: Word,
    /// What was typed, when it was read as this word.
    pub(super) instead_of: Option<String>,
}

fn term(field: Field, text: &str, weight: f32) -> Box<dyn Query> {
    let term = TermQuery::new(Term::from_field_text(field, text), IndexRecordOption::WithFreqs);
    Box::new(BoostQuery::new(Box::new(term), weight))
}

fn schema() -> (Schema, Vec<(Field, f32)>, Field) {
    let mut schema = Schema::builder();
    let indexing = TextFieldIndexing::default()
        .set_tokenizer(TOKENIZER)
        .set_index_option(IndexRecordOption::WithFreqs)
        .set_fieldnorms(true);
    let text = TextOptions::default().set_indexing_options(indexing);
    let fields = WEIGHTS.map(|(name, weight)| (schema.add_text_field(name, text.clone()), weight));
    let exact = schema.add_text_field("exact", text);
    (schema.build(), fields.to_vec(), exact)
}

fn written(words: &[Word]) -> String {
    words.iter().map(|word| word.written.as_str()).collect::<Vec<_>>().join(" ")
}

fn stems(words: &[Asked]) -> String {
    words.iter().map(|asked| asked.word.stem.as_str()).collect::<Vec<_>>().join(" ")
}

/// Whether the request is the tool's name, its operation, or the name without the integration, in any spelling.
fn is_named(tool: &Tool, query: &str) -> bool {
    let short = tool.name.strip_prefix(&format!("{}_", tool.integration)).unwrap_or_default();
    let asked = fold(query.trim());
    [tool.name.as_str(), tool.operation_id.as_str(), short].iter().any(|name| fold(name) == asked)
}
