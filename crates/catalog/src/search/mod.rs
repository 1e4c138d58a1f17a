//! Finding a tool by what a person wants done.

mod index;
mod why;
mod words;

pub(crate) use index::SearchIndex;

use crate::Tool;

/// What a tool is found by, from what tells most to what tells least.
fn texts(tool: &Tool) -> [String; 5] {
    let guidance = &tool.guidance;
    // Lines that say what a tool is not for name other tools, and would be found for those.
    let when = guidance.when_to_use.iter().filter(|line| !line.starts_with("Not "));
    let said = guidance.examples.iter().map(|example| &example.user);
    let arguments =
        tool.input_schema["properties"].as_object().into_iter().flat_map(|properties| properties.keys());
    [
        format!("{} {} {}", tool.name, tool.operation_id, tool.title),
        guidance.synonyms.join(", "),
        tool.summary.clone(),
        when.chain(said).cloned().collect::<Vec<_>>().join(" "),
        arguments.cloned().collect::<Vec<_>>().join(" "),
    ]
}

/// A tool that a search found.
#[derive(Debug, Clone)]
pub struct Hit {
    pub tool: std::sync::Arc<Tool>,
    /// Only good for comparing hits of one search.
    pub score: f32,
    /// Which words were found where.
    pub why: String,
}
