//! Tools of the catalog under their own names, beside the ten: whoever always needs the same few asks for them in the
//! address, `?tools=segment_list_sources,segment_track`, or has them chosen on the device's page.

use super::tools;
use crate::state::Doors;
use keyferry_broker::view::ToolDescription;
use keyferry_core::{ErrorCode, Failure, Impact, Principal, ShownTools, ShownToolsError};
use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use serde_json::{Value, json};
use std::sync::Arc;

/// What may stand beside a tool's own arguments, as the API's body has it.
const CONTROLS: [&str; 2] = ["connectionId", "idempotencyKey"];

/// What the address names; where it names none, what a person chose for the device.
///
/// # Errors
/// `tool_not_found` when the address names what is not in the catalog, `invalid_arguments` for too many.
pub(super) async fn asked(
    doors: &Doors,
    principal: &Principal,
    query: Option<&str>,
) -> Result<Arc<[Tool]>, Failure> {
    let named = in_query(query).transpose().map_err(|error| invalid(&error))?;
    let is_chosen = named.is_none();
    let names = named.unwrap_or_else(|| principal.shown_tools());
    let mut tools = Vec::with_capacity(names.names().len());
    for name in names.names() {
        match doors.broker.describe(principal, name).await {
            Ok(described) => tools.push(tool(described)),
            // It was there when it was chosen, and the client can't mend that it is not any more.
            Err(failure) if failure.code == ErrorCode::ToolNotFound && is_chosen => {}
            Err(failure) if failure.code == ErrorCode::ToolNotFound => return Err(not_found(&failure)),
            Err(failure) => return Err(failure),
        }
    }
    Ok(tools.into())
}

fn invalid(error: &ShownToolsError) -> Failure {
    Failure::new(ErrorCode::InvalidArguments, error.to_string())
}

/// The message is all that a client shows of it. The name itself is not repeated: whoever sent it has it.
fn not_found(failure: &Failure) -> Failure {
    let nearest = failure.details.join(", ");
    let message = format!("`?tools=` names a tool that is not in the catalog; the nearest are: {nearest}.");
    Failure::new(ErrorCode::ToolNotFound, message)
}

/// All that `tools` names, in one parameter or several. An empty one means none, whatever was chosen.
fn in_query(query: Option<&str>) -> Option<Result<ShownTools, ShownToolsError>> {
    let pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let values: Vec<_> = pairs.filter(|(name, _)| name == "tools").map(|(_, value)| value).collect();
    (!values.is_empty()).then(|| values.join(",").parse())
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
    let mut tool = Tool::new(item.name, text, Arc::new(with_controls(input_schema)))
        .with_title(item.title)
        .with_annotations(
            ToolAnnotations::new()
                .read_only(item.impact == Impact::Read)
                .destructive(item.impact == Impact::HighImpact)
                .idempotent(idempotent)
                .open_world(true),
        );
    tool.output_schema = tools::output_of_a_call();
    tool
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
    fn names_stand_in_one_parameter_or_several_and_none_is_not_an_empty_one() {
        let of = |query| in_query(Some(query)).map(|tools| tools.unwrap().to_string());
        assert_eq!(of("tools=a,%20b&x=y&tools=b,c,").as_deref(), Some("a,b,c"));
        assert_eq!(of("tools=").as_deref(), Some(""));
        assert!(of("x=a").is_none() && in_query(None).is_none());
    }

    #[test]
    fn a_tools_own_argument_is_not_hidden_by_ours() {
        let schema =
            with_controls(json!({"type": "object", "properties": {"connectionId": {"type": "string"}}}));
        assert_eq!(schema["properties"]["connectionId"]["type"], "string");
        assert_eq!(schema["properties"]["idempotencyKey"]["type"], "string");
    }
}
