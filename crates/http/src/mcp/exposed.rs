//! Tools of the catalog under their own names, beside the ten: whoever always needs the same few asks for them in the
//! address, `?tools=segment_list_sources,segment_track`.

use crate::state::Doors;
use keyferry_broker::view::ToolDescription;
use keyferry_core::{ErrorCode, Failure, Impact, Principal};
use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use serde_json::{Value, json};
use std::sync::Arc;

/// More would only hide what is needed.
const MOST: usize = 30;
/// What may stand beside a tool's own arguments, as the API's body has it.
const CONTROLS: [&str; 2] = ["connectionId", "idempotencyKey"];

/// # Errors
/// `tool_not_found` naming what is not in the catalog, `invalid_arguments` for too many.
pub(super) async fn of_query(
    doors: &Doors,
    principal: &Principal,
    query: Option<&str>,
) -> Result<Arc<[Tool]>, Failure> {
    let names = names(query);
    if names.len() > MOST {
        let message = format!("At most {MOST} tools are shown under their own names.");
        return Err(Failure::new(ErrorCode::InvalidArguments, message));
    }
    let mut tools = Vec::with_capacity(names.len());
    for name in &names {
        let described =
            doors.broker.describe(principal, name).await.map_err(|failure| match failure.code {
                ErrorCode::ToolNotFound => not_found(&failure),
                _ => failure,
            })?;
        tools.push(tool(described));
    }
    Ok(tools.into())
}

/// The message is all that a client shows of it. The name itself is not repeated: whoever sent it has it.
fn not_found(failure: &Failure) -> Failure {
    let nearest = failure.details.join(", ");
    let message = format!("`?tools=` names a tool that is not in the catalog; the nearest are: {nearest}.");
    Failure::new(ErrorCode::ToolNotFound, message)
}

fn names(query: Option<&str>) -> Vec<String> {
    let pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let mut names: Vec<String> = Vec::new();
    for (_, value) in pairs.filter(|(name, _)| name == "tools") {
        for name in value.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
    }
    names
}

fn tool(described: ToolDescription) -> Tool {
    let ToolDescription { item, input_schema, idempotent, ask_before, .. } = described;
    let mut text = item.description;
    if !ask_before.is_empty() {
        text = format!("{text}\n\nAsk the person first: {}", ask_before.join(" "));
    }
    if item.impact != Impact::Read {
        text.push_str("\n\nPreview it first with preview_tool, with exactly the same arguments.");
    }
    Tool::new(item.name, text, Arc::new(with_controls(input_schema))).with_title(item.title).with_annotations(
        ToolAnnotations::new()
            .read_only(item.impact == Impact::Read)
            .destructive(item.impact == Impact::HighImpact)
            .idempotent(idempotent)
            .open_world(true),
    )
}

/// The tool's own schema with what may stand beside its arguments; a name that the tool has keeps its meaning.
fn with_controls(schema: Value) -> JsonObject {
    let Value::Object(mut schema) = schema else { return JsonObject::new() };
    let properties = schema.entry("properties").or_insert_with(|| json!({}));
    if let Some(properties) = properties.as_object_mut() {
        let [connection, key] = CONTROLS;
        let about =
            json!({"type": "integer", "description": "The account's number; the default one when absent."});
        properties.entry(connection).or_insert(about);
        let about = json!({"type": "string", "maxLength": 128, "description": "The same call with the same key is done once."});
        properties.entry(key).or_insert(about);
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_one_parameter_or_several_each_once() {
        assert_eq!(names(Some("tools=a,%20b&x=y&tools=b,c,")), ["a", "b", "c"]);
        assert!(names(None).is_empty() && names(Some("x=a")).is_empty());
    }

    #[test]
    fn a_tools_own_argument_is_not_hidden_by_ours() {
        let schema =
            with_controls(json!({"type": "object", "properties": {"connectionId": {"type": "string"}}}));
        assert_eq!(schema["properties"]["connectionId"]["type"], "string");
        assert_eq!(schema["properties"]["idempotencyKey"]["type"], "string");
    }
}
