//! The index: BM25 in memory over a few fields, each with its weight.

use super::intent::Intent;
use super::words::{Vocabulary, Word, other_verbs, telling, words, words_to_find};
use super::{FIELDS, texts, why};
use crate::accept::fold;
use crate::{Filter, Hit, Tool};
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
    [("name", 4.0), ("synonyms", 2.5), ("summary", 2.0), ("guidance", 0.7), ("arguments", 0.8)];
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
    vocabulary: Vocabulary,
}

impl SearchIndex {
    /// Built by one writer without threads of its own, whose memory is freed before this returns.
    ///
    /// # Errors
    /// When the index can't be built.
    pub(crate) fn build(tools: &[Arc<Tool>]) -> Result<Self, TantivyError> {
        let (schema, fields) = schema();
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
                document.add_text(*field, stems(&words));
                all_words.extend(words);
            }
            writer.add_document(document)?;
        }
        let reader = writer.finalize()?.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(Self { reader, fields, vocabulary: Vocabulary::of(all_words.into_iter()) })
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
        let asked: Vec<Asked> =
            telling(&request).into_iter().take(MOST_WORDS).map(|word| self.asked(word)).collect();
        let intent = Intent::of(&request);
        let score = |score: f32, tool: &Tool| match intent {
            _ if is_named(tool, query) => BY_NAME,
            Some(intent) => score * intent.lean(tool.impact),
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
            let why = if score < BY_NAME { why::why(tool, &asked) } else { "it is its name".to_owned() };
            Hit { tool: Arc::clone(tool), score, why }
        };
        found.into_iter().take(limit).map(hit).collect()
    }

    fn asked(&self, given: Word) -> Asked {
        let is_known = self.vocabulary.knows(&given.stem) || other_verbs(&given.stem).next().is_some();
        let meant = if is_known { None } else { self.vocabulary.meant(&given) };
        match meant {
            Some(word) => Asked { word, misspelled: Some(given.written) },
            None => Asked { word: given, misspelled: None },
        }
    }

    /// The score of each tool, in their order; nothing of what was asked for is 0.
    fn scores(&self, asked: &[Asked], tools: usize) -> Vec<f32> {
        let mut scores = vec![0.0; tools];
        let clauses = asked.iter().map(|asked| (Occur::Should, self.query_of(&asked.word.stem))).collect();
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
    fn query_of(&self, stem: &str) -> Box<dyn Query> {
        let other = other_verbs(stem).map(|verb| (verb, OTHER_VERB));
        let mut places: Vec<Box<dyn Query>> = Vec::new();
        for (stem, share) in std::iter::once((stem, 1.0)).chain(other) {
            for (field, weight) in &self.fields {
                let term = TermQuery::new(Term::from_field_text(*field, stem), IndexRecordOption::WithFreqs);
                places.push(Box::new(BoostQuery::new(Box::new(term), weight * share)));
            }
        }
        Box::new(DisjunctionMaxQuery::with_tie_breaker(places, OTHER_FIELDS))
    }
}

/// A word of a request, as it is looked for.
pub(super) struct Asked {
    pub(super) word: Word,
    /// As it was typed, when that is no known word.
    pub(super) misspelled: Option<String>,
}

fn schema() -> (Schema, Vec<(Field, f32)>) {
    let mut schema = Schema::builder();
    let indexing = TextFieldIndexing::default()
        .set_tokenizer(TOKENIZER)
        .set_index_option(IndexRecordOption::WithFreqs)
        .set_fieldnorms(true);
    let text = TextOptions::default().set_indexing_options(indexing);
    let fields = WEIGHTS.map(|(name, weight)| (schema.add_text_field(name, text.clone()), weight));
    (schema.build(), fields.to_vec())
}

fn stems(words: &[Word]) -> String {
    words.iter().map(|word| word.stem.as_str()).collect::<Vec<_>>().join(" ")
}

/// Whether the request is the tool's name, its operation, or the name without the integration, in any spelling.
fn is_named(tool: &Tool, query: &str) -> bool {
    let short = tool.name.strip_prefix(&format!("{}_", tool.integration)).unwrap_or_default();
    let asked = fold(query.trim());
    [tool.name.as_str(), tool.operation_id.as_str(), short].iter().any(|name| fold(name) == asked)
}
