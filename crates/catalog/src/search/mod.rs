//! Finding a tool by what a person wants done.

mod index;
mod intent;
mod readings;
mod why;
mod words;

pub(crate) use index::SearchIndex;

use crate::Tool;

/// How many texts a tool is found by.
const FIELDS: usize = 5;

/// What a tool is found by: its name, what people call it, its summary, its guidance, its arguments.
fn texts(tool: &Tool) -> [String; FIELDS] {
    let guidance = &tool.guidance;
    // What a tool is not for names other tools, and would be found for those.
    let when =
        guidance.when_to_use.iter().filter(|line| !line.starts_with("Not ")).map(|line| unquoted(line));
    let said = guidance.examples.iter().map(|example| &example.user);
    let arguments =
        tool.input_schema["properties"].as_object().into_iter().flat_map(|properties| properties.keys());
    [
        format!("{} {}", tool.name, tool.title),
        guidance.synonyms.join(", "),
        tool.summary.clone(),
        when.chain(said.cloned()).collect::<Vec<_>>().join(" "),
        arguments.cloned().collect::<Vec<_>>().join(" "),
    ]
}

/// Without what stands in backticks: the names of other tools.
fn unquoted(line: &str) -> String {
    line.split('`').step_by(2).collect()
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
