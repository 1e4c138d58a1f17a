//! The list of integrations: the connections that there are, and what could be connected.

use crate::Broker;
use crate::connections::choose::{connect_link, default_of};
use crate::connections::show::record;
use crate::view::{IntegrationItem, Integrations};
use keyferry_catalog::Integration;
use keyferry_core::{Failure, Principal};
use keyferry_store::connections::Connection;
use std::sync::Arc;

const PAGE_SIZE: usize = 25;
const LARGEST_PAGE: usize = 100;

/// What ClawLink's clients may ask for.
#[derive(Debug, Clone, Default)]
pub struct IntegrationsQuery {
    /// Words in slug, name or description.
    pub query: Option<String>,
    pub connected_only: bool,
    /// A tool's name, with or without the integration before it: only integrations that have it.
    pub supports_action: Option<String>,
    /// From 1.
    pub page: Option<usize>,
    pub page_size: Option<usize>,
}

impl Broker {
    /// Every connection that the principal may use, and a page of integrations.
    ///
    /// # Errors
    /// `gateway_unavailable`.
    pub async fn integrations(
        &self,
        principal: &Principal,
        asked: &IntegrationsQuery,
    ) -> Result<Integrations, Failure> {
        let visible = self.accounts().connections(&principal.team, &principal.user).await?;
        let mut connections = Vec::with_capacity(visible.len());
        for connection in visible.iter() {
            let slots = self.accounts().slots(&principal.team, &principal.user, &connection.id).await?;
            connections.push(record(connection, &slots, self.catalog().integration(&connection.integration)));
        }
        let known = self.catalog().integrations().filter(|one| self.has_action(one, asked));
        let items: Vec<IntegrationItem> =
            known.map(|one| self.item(one, &visible)).filter(|item| asked.wants(item)).collect();
        let (page, page_size) = (asked.page.unwrap_or(1).max(1), asked.page_size());
        Ok(Integrations {
            integrations: connections,
            total: items.len(),
            items: items.into_iter().skip((page - 1).saturating_mul(page_size)).take(page_size).collect(),
            page,
            page_size,
        })
    }

    fn has_action(&self, integration: &Integration, asked: &IntegrationsQuery) -> bool {
        let Some(action) = &asked.supports_action else { return true };
        let whole = format!("{}_{action}", integration.slug);
        self.catalog()
            .tools(Some(integration.slug.as_str()))
            .any(|tool| tool.name == *action || tool.name == whole)
    }

    fn item(&self, integration: &Integration, visible: &[Arc<Connection>]) -> IntegrationItem {
        let of_it = || visible.iter().filter(|connection| connection.integration == integration.slug);
        IntegrationItem {
            slug: integration.slug.clone(),
            name: integration.name.clone(),
            description: integration.description.clone(),
            connected: of_it().next().is_some(),
            connection_count: of_it().count(),
            default_connection_id: default_of(of_it()).map(|connection| connection.number),
            tool_count: self.catalog().tools(Some(integration.slug.as_str())).count(),
            connect_url: connect_link(self.public_url(), &integration.slug),
        }
    }
}

impl IntegrationsQuery {
    fn page_size(&self) -> usize {
        self.page_size.unwrap_or(PAGE_SIZE).clamp(1, LARGEST_PAGE)
    }

    fn wants(&self, item: &IntegrationItem) -> bool {
        let text = format!("{} {} {}", item.slug, item.name, item.description).to_lowercase();
        let words = self.query.as_deref().unwrap_or_default().to_lowercase();
        (item.connected || !self.connected_only) && words.split_whitespace().all(|word| text.contains(word))
    }
}
