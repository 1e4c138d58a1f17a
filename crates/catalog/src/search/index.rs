//! The index: BM25 in memory over a few fields, each with its weight.

use super::words::{Vocabulary, Word, Words, other_verbs, parted};
use super::{texts, why};
use crate::accept::fold;
use crate::{Hit, Tool};
use std::sync::Arc;
use tantivy::collector::TopDocs;
use tantivy::directory::RamDirectory;
use tantivy::query::{BooleanQuery, BoostQuery, Occur, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::TokenizerManager;
use tantivy::{Index, IndexReader, IndexSettings, ReloadPolicy, TantivyDocument, TantivyError, Term};

const TOKENIZER: &str = "stems";
/// How much a word in a field counts, in the order of `texts`.
const WEIGHTS: [(&str, f32); 5] =
    [("name", 4.0), ("synonyms", 2.5), ("summary", 2.0), ("guidance", 0.7), ("arguments", 0.8)];
const OTHER_VERB: f32 = 0.3;
/// What the writer may use while it builds. It is gone afterwards.
const BUILD_BYTES: usize = 15_000_000;
/// More words of a request than this are not read.
const MOST_WORDS: usize = 24;
/// Far above any score: the name itself was asked for.
const BY_NAME: f32 = 1_000.0;

pub(crate) struct SearchIndex {
    reader: IndexReader,
    fields: Vec<(Field, f32)>,
    vocabulary: Vocabulary,
    words: Words,
}

impl SearchIndex {
    /// Built by one writer without threads of its own, whose memory is freed before this returns.
    ///
    /// # Errors
    /// When the index can't be built.
    pub(crate) fn build(tools: &[Arc<Tool>]) -> Result<Self, TantivyError> {
        let (schema, fields) = schema();
        let tokenizers = TokenizerManager::new();
        tokenizers.register(TOKENIZER, Words::stemmer());
        // The one segment keeps the order in which tools were added: a document's number is the tool's.
        let mut writer = Index::builder()
            .schema(schema)
            .settings(IndexSettings::default())
            .tokenizers(tokenizers)
            .single_segment_index_writer::<TantivyDocument>(RamDirectory::create(), BUILD_BYTES)?;
        for tool in tools {
            let mut document = TantivyDocument::new();
            for ((field, _), text) in fields.iter().zip(texts(tool)) {
                document.add_text(*field, parted(&text));
            }
            writer.add_document(document)?;
        }
        let reader = writer.finalize()?.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let mut words = Words::new();
        let vocabulary = Vocabulary::of(tools.iter().flat_map(|tool| texts(tool)), &mut words);
        Ok(Self { reader, fields, vocabulary, words })
    }

    /// The tools that fit best, and why. `tools` are those that the index was built from.
    pub(crate) fn search(
        &self,
        tools: &[Arc<Tool>],
        query: &str,
        integration: Option<&str>,
        limit: usize,
    ) -> Vec<Hit> {
        let mut words = self.words.clone();
        let asked: Vec<Asked> =
            words.of_request(query).into_iter().take(MOST_WORDS).map(|word| self.asked(word)).collect();
        let is_wanted = |tool: &Tool| integration.is_none_or(|slug| tool.integration == slug);
        let mut scores: Vec<(f32, usize)> = self.scores(&asked, tools.len());
        for (at, tool) in tools.iter().enumerate().filter(|(_, tool)| is_named(tool, query)) {
            scores.retain(|(_, other)| *other != at);
            scores.insert(0, (BY_NAME, at));
            tracing::trace!(tool = tool.name, "asked for by name");
        }
        let hit = |(score, at): (f32, usize)| {
            let tool = tools.get(at).filter(|tool| is_wanted(tool))?;
            let why = if score >= BY_NAME {
                "it is its name".to_owned()
            } else {
                why::why(tool, &asked, &mut words)
            };
            Some(Hit { tool: Arc::clone(tool), score, why })
        };
        scores.into_iter().filter_map(hit).take(limit).collect()
    }

    fn asked(&self, given: Word) -> Asked {
        let is_known = self.vocabulary.knows(&given.stem) || other_verbs(&given.stem).next().is_some();
        let meant = if is_known { None } else { self.vocabulary.meant(&given) };
        Asked {
            word: meant.clone().unwrap_or_else(|| given.clone()),
            misspelled: meant.map(|_| given.written),
        }
    }

    /// Score and number of every tool that has one of the words, best first.
    fn scores(&self, asked: &[Asked], most: usize) -> Vec<(f32, usize)> {
        let clauses = asked.iter().map(|asked| (Occur::Should, self.query_of(&asked.word.stem))).collect();
        let searcher = self.reader.searcher();
        let found =
            searcher.search(&BooleanQuery::new(clauses), &TopDocs::with_limit(most.max(1)).order_by_score());
        match found {
            Ok(found) => {
                found.into_iter().map(|(score, document)| (score, document.doc_id as usize)).collect()
            }
            Err(error) => {
                tracing::error!(%error, "the search index can't be read");
                Vec::new()
            }
        }
    }

    fn query_of(&self, stem: &str) -> Box<dyn Query> {
        let other = other_verbs(stem).map(|verb| (verb, OTHER_VERB));
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        for (stem, share) in std::iter::once((stem, 1.0)).chain(other) {
            for (field, weight) in &self.fields {
                let term = TermQuery::new(Term::from_field_text(*field, stem), IndexRecordOption::WithFreqs);
                clauses.push((Occur::Should, Box::new(BoostQuery::new(Box::new(term), weight * share))));
            }
        }
        Box::new(BooleanQuery::new(clauses))
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

/// Whether the request is the tool's name, its operation, or the name without the integration, in any spelling.
fn is_named(tool: &Tool, query: &str) -> bool {
    let short = tool.name.strip_prefix(&format!("{}_", tool.integration)).unwrap_or_default();
    let asked = fold(query.trim());
    [tool.name.as_str(), tool.operation_id.as_str(), short].iter().any(|name| fold(name) == asked)
}
