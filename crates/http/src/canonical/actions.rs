//! `search`, `list_actions`, `get_action`: tools under ClawLink's word for them. An action's id is the tool's name.

use crate::state::Doors;
use keyferry_broker::view::{ToolDescription, ToolListItem};
use keyferry_core::{ErrorCode, Failure, Impact, Principal};
use serde::Serialize;
use serde_json::Value;

#[derive(Debug, Serialize)]
pub(crate) struct FoundActions {
    items: Vec<FoundAction>,
}

#[derive(Debug, Serialize)]
struct FoundAction {
    /// Always `action`.
    kind: &'static str,
    integration_id: String,
    action_id: String,
    title: String,
    summary: String,
    connected: bool,
    connection_state: String,
}

pub(crate) async fn search(
    doors: &Doors,
    principal: &Principal,
    query: &str,
    connected_only: bool,
    limit: Option<usize>,
) -> Result<FoundActions, Failure> {
    let found = doors.broker.search(principal, query, None, limit).await?;
    let items = found.tools.into_iter().map(FoundAction::from);
    Ok(FoundActions { items: items.filter(|item| item.connected || !connected_only).collect() })
}

impl From<ToolListItem> for FoundAction {
    fn from(item: ToolListItem) -> Self {
        Self {
            kind: "action",
            connected: item.connection_count > 0,
            connection_state: item.canonical.default_connection_state,
            integration_id: item.integration,
            action_id: item.name,
            title: item.title,
            summary: item.summary,
        }
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct ActionList {
    integration_id: String,
    items: Vec<ActionItem>,
}

#[derive(Debug, Serialize)]
struct ActionItem {
    action_id: String,
    title: String,
    description: String,
    side_effect_level: &'static str,
    requires_confirmation: bool,
}

pub(crate) async fn list(
    doors: &Doors,
    principal: &Principal,
    integration: &str,
) -> Result<ActionList, Failure> {
    let found = doors.broker.tools(principal, Some(integration)).await?;
    let items = found.tools.into_iter().map(|item| ActionItem {
        side_effect_level: level(item.impact),
        action_id: item.name,
        title: item.title,
        description: item.summary,
        requires_confirmation: item.requires_confirmation,
    });
    Ok(ActionList { integration_id: integration.to_owned(), items: items.collect() })
}

#[derive(Debug, Serialize)]
pub(crate) struct Action {
    integration_id: String,
    #[serde(flatten)]
    item: ActionItem,
    idempotent: bool,
    supports_async: bool,
    input_summary: InputSummary,
    input_schema: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_schema: Option<Value>,
    examples: Vec<ActionExample>,
    tags: Vec<String>,
    preconditions: Vec<String>,
}

#[derive(Debug, Serialize)]
struct InputSummary {
    required: Vec<String>,
    optional: Vec<String>,
}

#[derive(Debug, Serialize)]
struct ActionExample {
    input: Value,
}

pub(crate) async fn get(
    doors: &Doors,
    principal: &Principal,
    integration: &str,
    action: &str,
) -> Result<Action, Failure> {
    let tool = doors.broker.describe(principal, action).await?;
    if tool.item.integration != integration {
        return Err(Failure::new(ErrorCode::ToolNotFound, "This integration has no such action."));
    }
    Ok(Action::from(tool))
}

impl From<ToolDescription> for Action {
    fn from(tool: ToolDescription) -> Self {
        Self {
            integration_id: tool.item.integration,
            item: ActionItem {
                side_effect_level: level(tool.item.impact),
                action_id: tool.item.name,
                title: tool.item.title,
                description: tool.item.description,
                requires_confirmation: tool.item.requires_confirmation,
            },
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
