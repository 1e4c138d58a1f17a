//! `list_integrations`, `get_integration`.

use crate::state::Doors;
use keyferry_broker::IntegrationsQuery;
use keyferry_broker::view::IntegrationItem;
use keyferry_core::{ErrorCode, Failure, Principal};
use serde::{Deserialize, Serialize};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IntegrationsAsked {
    query: Option<String>,
    connected_only: Option<bool>,
    page: Option<usize>,
    page_size: Option<usize>,
}

#[derive(Debug, Serialize)]
pub(crate) struct IntegrationList {
    items: Vec<CanonicalIntegration>,
    page: usize,
    page_size: usize,
    total: usize,
}

#[derive(Debug, Serialize)]
pub(crate) struct CanonicalIntegration {
    integration_id: String,
    name: String,
    description: String,
    connected: bool,
    connection_state: &'static str,
    action_count: usize,
}

impl From<IntegrationItem> for CanonicalIntegration {
    fn from(item: IntegrationItem) -> Self {
        Self {
            integration_id: item.slug,
            name: item.name,
            description: item.description,
            connected: item.connected,
            connection_state: if item.connected { "healthy" } else { "not_connected" },
            action_count: item.tool_count,
        }
    }
}

pub(crate) async fn list(
    doors: &Doors,
    principal: &Principal,
    asked: IntegrationsAsked,
) -> Result<IntegrationList, Failure> {
    let query = IntegrationsQuery {
        query: asked.query,
        connected_only: asked.connected_only.unwrap_or(false),
        page: asked.page,
        page_size: asked.page_size,
    };
    let found = doors.broker.integrations(principal, &query).await?;
    Ok(IntegrationList {
        items: found.items.into_iter().map(CanonicalIntegration::from).collect(),
        page: found.page,
        page_size: found.page_size,
        total: found.total,
    })
}

pub(crate) async fn get(
    doors: &Doors,
    principal: &Principal,
    slug: &str,
) -> Result<CanonicalIntegration, Failure> {
    let found = doors.broker.integrations(principal, &IntegrationsQuery::default()).await?;
    let item = found.items.into_iter().find(|item| item.slug == slug);
    let unknown = || Failure::new(ErrorCode::NotFound, "There is no such integration.");
    item.map(CanonicalIntegration::from).ok_or_else(unknown)
}
