//! What is wrong with a folder of integrations, and what an agent would miss in it.

use crate::{CatalogError, Tool};

/// What was found in a folder.
#[derive(Debug)]
pub struct Lint {
    /// Tools of the integrations that load.
    pub tools: usize,
    /// With any of these the gateway does not start.
    pub faults: Vec<CatalogError>,
    /// Sentences about tools that load, and could tell an agent more.
    pub advice: Vec<String>,
}

/// What a tool leaves an agent to guess.
pub(crate) fn advice(tool: &Tool) -> impl Iterator<Item = String> {
    let guidance = &tool.guidance;
    let changes = tool.impact.changes();
    let missing = [
        (guidance.when_to_use.is_empty(), "it does not say when to use it, and when not (`when_to_use`)"),
        (guidance.examples.is_empty(), "it has no worked example (`examples`)"),
        (guidance.synonyms.is_empty(), "it has no words that people use for it (`synonyms`)"),
        (
            changes && guidance.ask_before.is_empty(),
            "it changes something, and says nothing to ask before (`ask_before`)",
        ),
        (
            changes && tool.before.is_none() && tool.no_before.is_none(),
            "it changes something, and a preview can't show what is there now (`before`, or `no_before` with the reason)",
        ),
        (
            changes && !tool.idempotent && tool.if_unknown.is_none(),
            "it is not said how to find out what came of it when no answer arrives (`if_unknown`)",
        ),
        (tool.answer.schema.is_none(), "its answer has no schema, so that no secret of it can be marked"),
    ];
    let told = missing.into_iter().filter(|(is_missing, _)| *is_missing);
    told.map(|(_, what)| format!("{}: {what}", tool.name)).collect::<Vec<_>>().into_iter()
}
