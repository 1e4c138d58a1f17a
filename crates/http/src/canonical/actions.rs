//! `search`, `list_actions`, `get_action`: tools under ClawLink's word for them. An action's id is the tool's name without
//! the integration before it; where one is asked for, the whole name is taken too.

use crate::state::Doors;
use keyferry_broker::view::{ToolDescription, ToolListItem};
use keyferry_core::{ErrorCode, Failure, Impact, Principal};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// How many a search answers when it is not told, and at most.
const FOUND: usize = 10;
const FOUND_AT_MOST: usize = 25;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FoundActions {
    items: Vec<FoundAction>,
}

#[derive(Debug, Serialize, ToSchema)]
struct FoundAction {
    /// Always `action`.
    kind: &'static str,
    integration_id: String,
    /// `list_sources`.
    action_id: String,
    title: String,
    summary: String,
    connected: bool,
    /// `not_connected`, `healthy` or `stale_auth`.
    connection_state: String,
}

pub(crate) async fn search(
    doors: &Doors,
    principal: &Principal,
    query: &str,
    connected_only: bool,
    limit: Option<usize>,
) -> Result<FoundActions, Failure> {
    let found = doors.broker.search(principal, query, None, Some(FOUND_AT_MOST)).await?;
    let items = found.tools.into_iter().map(FoundAction::from);
    let items = items.filter(|item| item.connected || !connected_only);
    Ok(FoundActions { items: items.take(limit.unwrap_or(FOUND).clamp(1, FOUND_AT_MOST)).collect() })
}

impl From<ToolListItem> for FoundAction {
    fn from(item: ToolListItem) -> Self {
        Self {
            kind: "action",
            action_id: action_id(&item.integration, &item.name),
            connected: item.connection_count > 0,
            connection_state: item.canonical.default_connection_state,
            integration_id: item.integration,
            title: item.title,
            summary: item.summary,
        }
    }
}

/// Which actions are asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ActionsAsked {
    pub(crate) integration_id: String,
    /// What is to be done, in plain words: those that fit, best first.
    pub(crate) intent: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ActionList {
    integration_id: String,
    items: Vec<ActionItem>,
}

#[derive(Debug, Serialize, ToSchema)]
struct ActionItem {
    /// `list_sources`.
    action_id: String,
    title: String,
    description: String,
    /// `read`, `write` or, when it destroys or can't be undone, `admin`.
    side_effect_level: &'static str,
    requires_confirmation: bool,
}

pub(crate) async fn list(
    doors: &Doors,
    principal: &Principal,
    asked: ActionsAsked,
) -> Result<ActionList, Failure> {
    let ActionsAsked { integration_id, intent } = asked;
    let integration = Some(integration_id.as_str());
    let found = match intent.as_deref().map(str::trim).filter(|intent| !intent.is_empty()) {
        Some(intent) => doors.broker.search(principal, intent, integration, Some(FOUND_AT_MOST)).await?.tools,
        None => doors.broker.tools(principal, integration).await?.tools,
    };
    let items = found.into_iter().map(|item| ActionItem {
        side_effect_level: level(item.impact),
        action_id: action_id(&item.integration, &item.name),
        title: item.title,
        description: item.summary,
        requires_confirmation: item.requires_confirmation,
    });
    Ok(ActionList { items: items.collect(), integration_id })
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Action {
    integration_id: String,
    #[serde(flatten)]
    item: ActionItem,
    idempotent: bool,
    /// Always `false`.
    supports_async: bool,
    input_summary: InputSummary,
    #[schema(value_type = Object)]
    input_schema: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    output_schema: Option<Value>,
    examples: Vec<ActionExample>,
    tags: Vec<String>,
    /// What has to be so before, and what to ask the person.
    preconditions: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct InputSummary {
    required: Vec<String>,
    optional: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct ActionExample {
    #[schema(value_type = Object)]
    input: Value,
}

pub(crate) async fn get(
    doors: &Doors,
    principal: &Principal,
    integration: &str,
    action: &str,
) -> Result<Action, Failure> {
    let tool = tool_name(doors, integration, action)?;
    Ok(Action::from(doors.broker.describe(principal, &tool).await?))
}

/// The tool that an integration's action is.
///
/// # Errors
/// `not_found` for an integration that does not exist, `tool_not_found` for an action that it does not have.
pub(super) fn tool_name(doors: &Doors, integration: &str, action: &str) -> Result<String, Failure> {
    let tools = doors.broker.tools_brief(Some(integration))?.tools;
    let whole = format!("{integration}_{action}");
    let found = tools.into_iter().map(|tool| tool.name).find(|name| *name == whole || name == action);
    found.ok_or_else(|| {
        Failure::new(ErrorCode::ToolNotFound, "This integration has no such action.")
            .hint("List its actions, or search for one by what it does.")
    })
}

/// A tool's name without its integration.
pub(super) fn action_id(integration: &str, tool: &str) -> String {
    let rest = tool.strip_prefix(integration).and_then(|rest| rest.strip_prefix('_'));
    rest.unwrap_or(tool).to_owned()
}

impl From<ToolDescription> for Action {
    fn from(tool: ToolDescription) -> Self {
        Self {
            item: ActionItem {
                side_effect_level: level(tool.item.impact),
                action_id: action_id(&tool.item.integration, &tool.item.name),
                title: tool.item.title,
                description: tool.item.description,
                requires_confirmation: tool.item.requires_confirmation,
            },
            integration_id: tool.item.integration,
            idempotent: tool.idempotent,
            supports_async: false,
            input_summary: summary(&tool.input_schema),
            input_schema: tool.input_schema,
            output_schema: tool.output_schema,
            examples: tool
                .examples
                .into_iter()
                .map(|example| ActionExample { input: example.args })
                .collect(),
            tags: tool.tags,
            preconditions: tool.prerequisites.into_iter().chain(tool.ask_before).collect(),
        }
    }
}

fn level(impact: Impact) -> &'static str {
    match impact {
        Impact::Read => "read",
        Impact::Write => "write",
        Impact::HighImpact => "admin",
    }
}

fn summary(schema: &Value) -> InputSummary {
    let names = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let required = names(&schema["required"]);
    let all = schema["properties"].as_object().into_iter().flat_map(|fields| fields.keys().cloned());
    InputSummary { optional: all.filter(|name| !required.contains(name)).collect(), required }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_called_as_its_tool_without_the_integration() {
        for (tool, id) in [
            ("segment_list_sources", "list_sources"),
            ("segments_list", "segments_list"),
            ("segment", "segment"),
            ("other_list", "other_list"),
        ] {
            assert_eq!(action_id("segment", tool), id);
        }
    }
}
