//! `list_integrations`, `get_integration`: our own item with ClawLink's fields beside it.

use super::actions::action_id;
use super::connections::state_of;
use crate::state::Doors;
use keyferry_broker::IntegrationsQuery;
use keyferry_broker::view::{ConnectionRecord, IntegrationItem};
use keyferry_core::{ErrorCode, Failure, Principal};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IntegrationsAsked {
    /// Words in slug, name or description.
    pub(crate) query: Option<String>,
    pub(crate) connected_only: Option<bool>,
    /// An action's id: those that have it.
    pub(crate) supports_action: Option<String>,
    pub(crate) page: Option<usize>,
    pub(crate) page_size: Option<usize>,
}

#[derive(Debug, Serialize)]
pub(crate) struct IntegrationList {
    pub(crate) items: Vec<ListedIntegration>,
    /// From 1.
    pub(crate) page: usize,
    pub(crate) page_size: usize,
    pub(crate) total: usize,
}

/// An integration that could be connected or is: our own words, and ClawLink's in its spelling.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ListedIntegration {
    #[serde(flatten)]
    own: IntegrationItem,
    /// The slug.
    integration_id: String,
    summary: String,
    /// `not_connected`, `healthy` or `stale_auth`.
    connection_state: &'static str,
    /// The ids of its actions.
    capabilities: Vec<String>,
}

/// The connections, and a page of integrations.
pub(crate) async fn find(
    doors: &Doors,
    principal: &Principal,
    asked: IntegrationsAsked,
) -> Result<(Vec<ConnectionRecord>, IntegrationList), Failure> {
    let query = IntegrationsQuery {
        query: asked.query,
        connected_only: asked.connected_only.unwrap_or(false),
        supports_action: asked.supports_action,
        page: asked.page,
        page_size: asked.page_size,
    };
    let found = doors.broker.integrations(principal, &query).await?;
    let listed = |item| ListedIntegration::of(doors, item, &found.integrations);
    let items = found.items.into_iter().map(listed).collect::<Result<_, _>>()?;
    let list = IntegrationList { items, page: found.page, page_size: found.page_size, total: found.total };
    Ok((found.integrations, list))
}

pub(crate) async fn list(
    doors: &Doors,
    principal: &Principal,
    asked: IntegrationsAsked,
) -> Result<IntegrationList, Failure> {
    find(doors, principal, asked).await.map(|(_, list)| list)
}

pub(crate) async fn get(
    doors: &Doors,
    principal: &Principal,
    slug: &str,
) -> Result<ListedIntegration, Failure> {
    let asked = IntegrationsAsked { query: Some(slug.to_owned()), ..IntegrationsAsked::default() };
    let list = list(doors, principal, asked).await?;
    let unknown = || Failure::new(ErrorCode::NotFound, "There is no such integration.");
    list.items.into_iter().find(|item| item.own.slug == slug).ok_or_else(unknown)
}

impl ListedIntegration {
    fn of(doors: &Doors, own: IntegrationItem, connections: &[ConnectionRecord]) -> Result<Self, Failure> {
        let tools = doors.broker.tools_brief(Some(own.slug.as_str()))?.tools;
        let default = connections.iter().find(|one| Some(one.id) == own.default_connection_id);
        Ok(Self {
            integration_id: own.slug.clone(),
            summary: own.description.clone(),
            connection_state: state_of(default),
            capabilities: tools.into_iter().map(|tool| action_id(&own.slug, &tool.name)).collect(),
            own,
        })
    }
}
