//! What a tool is called with: a connection, the credential in the tool's slot, and where its API is served.

use crate::Broker;
use crate::connections::choose::choose;
use crate::request::Caller;
use keyferry_catalog::{Integration, Tool};
use keyferry_core::{ErrorCode, Failure};
use keyferry_store::connections::Connection;
use keyferry_store::credentials::Credential;
use std::sync::Arc;
use url::Url;

#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) connection: Arc<Connection>,
    pub(crate) credential: Arc<Credential>,
    pub(crate) server: Url,
}

impl Broker {
    /// # Errors
    /// As [`choose`].
    pub(crate) async fn connection_for(
        &self,
        caller: &Caller,
        tool: &Tool,
        number: Option<i64>,
    ) -> Result<Arc<Connection>, Failure> {
        let visible = self.accounts().connections(&caller.team, &caller.user).await?;
        choose(&visible, self.integration_of(tool)?, number, self.public_url())
    }

    /// # Errors
    /// `needs_credential` when the slot that the tool needs is empty.
    pub(crate) async fn account(
        &self,
        caller: &Caller,
        tool: &Tool,
        connection: Arc<Connection>,
    ) -> Result<Account, Failure> {
        let integration = self.integration_of(tool)?;
        let slots = self.accounts().slots(&caller.team, &caller.user, &connection.id).await?;
        let Some(credential) = slots.get(&tool.slot) else {
            return Err(self.needs_credential(integration, tool, &connection));
        };
        let server = self.server(integration, &connection, &tool.api)?;
        Ok(Account { credential: Arc::clone(credential), connection, server })
    }

    /// # Errors
    /// `internal`: the catalog was loaded with every tool's integration.
    pub(crate) fn integration_of(&self, tool: &Tool) -> Result<&Integration, Failure> {
        self.integration_named(&tool.integration)
    }

    /// # Errors
    /// `internal`: a connection outlived its integration's folder.
    pub(crate) fn integration_named(&self, slug: &str) -> Result<&Integration, Failure> {
        let known = self.catalog().integration(slug);
        known.ok_or_else(|| Failure::internal(format!("no integration `{slug}`")))
    }

    /// Where an API is served for a connection: the operator's override, else the catalog's.
    ///
    /// # Errors
    /// `needs_reauth` when the region is no longer one of the integration's.
    pub(crate) fn server(
        &self,
        integration: &Integration,
        connection: &Connection,
        api: &str,
    ) -> Result<Url, Failure> {
        let overridden = self.servers().get(&integration.slug, connection.region.as_str(), api);
        let server = overridden.or_else(|| integration.server(&connection.region, api));
        server.cloned().ok_or_else(|| {
            let region = &connection.region;
            Failure::new(
                ErrorCode::NeedsReauth,
                format!("{} has no region `{region}` any more.", integration.name),
            )
            .hint("A person has to connect it again in another region.")
        })
    }

    fn needs_credential(&self, integration: &Integration, tool: &Tool, connection: &Connection) -> Failure {
        let label = integration.slot(&tool.slot).map_or(tool.slot.as_str(), |slot| slot.label.as_str());
        let link = self.link(&format!("dashboard/connections/{}", connection.number));
        let message =
            format!("`{}` needs the {label}, and connection {} has none.", tool.name, connection.number);
        Failure::new(ErrorCode::NeedsCredential, message).hint(format!("A person has to enter it: {link}"))
    }
}
