//! Discovery: what there is to call, and how.

use crate::Broker;
use crate::connections::{default_of, record};
use crate::rules::Holding;
use crate::view::{
    BriefTool, BriefTools, CanonicalTool, Example, FoundTools, ToolDescription, ToolListItem, Tools,
};
use keyferry_catalog::{Filter, Guidance, Quota, Tool};
use keyferry_core::{Consent, ErrorCode, Failure, Impact, Principal, Rule};
use keyferry_store::connections::Connection;
use std::sync::Arc;

/// How many tools a search answers when it is not told, and at most.
const FOUND: usize = 10;
const FOUND_AT_MOST: usize = 25;
/// Names that are offered for one that does not exist.
const NEAREST: usize = 3;

/// Whose connections a list is told for.
struct Viewer {
    connections: Arc<Vec<Arc<Connection>>>,
    rule: Rule,
}

impl Broker {
    /// The tools that a filter takes; with the name of an integration, its tools.
    ///
    /// # Errors
    /// `not_found` for an integration or an area that does not exist, `gateway_unavailable`.
    pub async fn tools<'f>(
        &self,
        principal: &Principal,
        filter: impl Into<Filter<'f>> + Send,
    ) -> Result<Tools, Failure> {
        let filter = filter.into();
        let viewer = self.viewer(principal).await?;
        self.must_know(&filter)?;
        let tools: Vec<ToolListItem> =
            self.catalog().tools(filter).map(|tool| self.list_item(tool, &viewer, None)).collect();
        Ok(Tools { count: tools.len(), tools, integration: filter.integration.map(str::to_owned) })
    }

    /// The same in `{name, impact, summary}`.
    ///
    /// # Errors
    /// `not_found` for an integration or an area that does not exist.
    pub fn tools_brief<'f>(&self, filter: impl Into<Filter<'f>>) -> Result<BriefTools, Failure> {
        let filter = filter.into();
        self.must_know(&filter)?;
        let tools: Vec<BriefTool> = self.catalog().tools(filter).map(|tool| brief(tool, None)).collect();
        Ok(BriefTools { count: tools.len(), tools })
    }

    /// The tools that fit a request in plain words, best first.
    ///
    /// # Errors
    /// `invalid_arguments` for an empty query, `not_found` for an integration or an area that does not exist.
    pub async fn search<'f>(
        &self,
        principal: &Principal,
        query: &str,
        filter: impl Into<Filter<'f>> + Send,
        limit: Option<usize>,
    ) -> Result<FoundTools, Failure> {
        let filter = filter.into();
        let viewer = self.viewer(principal).await?;
        let tools: Vec<ToolListItem> = self
            .found(query, &filter, limit)?
            .into_iter()
            .map(|hit| self.list_item(&hit.tool, &viewer, Some(hit.why)))
            .collect();
        let (query, integration) = (query.to_owned(), filter.integration.map(str::to_owned));
        Ok(FoundTools { count: tools.len(), tools, query, integration })
    }

    /// The same in `{name, impact, summary, why}`.
    ///
    /// # Errors
    /// As [`Broker::search`].
    pub fn search_brief<'f>(
        &self,
        query: &str,
        filter: impl Into<Filter<'f>>,
        limit: Option<usize>,
    ) -> Result<BriefTools, Failure> {
        let hits = self.found(query, &filter.into(), limit)?;
        let tools: Vec<BriefTool> = hits.into_iter().map(|hit| brief(&hit.tool, Some(hit.why))).collect();
        Ok(BriefTools { count: tools.len(), tools })
    }

    /// Everything about one tool.
    ///
    /// # Errors
    /// `tool_not_found` with the nearest names.
    pub async fn describe(&self, principal: &Principal, name: &str) -> Result<ToolDescription, Failure> {
        let tool = self.tool(name)?;
        let viewer = self.viewer(principal).await?;
        let integration = self.integration_of(&tool)?;
        let mut connections = Vec::new();
        for connection in viewer.connections.iter().filter(|one| one.integration == tool.integration) {
            let slots = self.accounts().slots(&principal.team, &principal.user, &connection.id).await?;
            connections.push(record(connection, &slots, Some(integration)));
        }
        let policy_reason = self.policy_reason(principal, &viewer, &tool).await?;
        let item = self.list_item(&tool, &viewer, None);
        Ok(ToolDescription { policy_reason, connections, ..description(&tool, item) })
    }

    /// `None` when there is a tool of this name; else the names that are near it.
    #[must_use]
    pub fn nearest_if_unknown(&self, name: &str) -> Option<Vec<String>> {
        self.tool(name).err().map(|unknown| unknown.details)
    }

    /// # Errors
    /// `tool_not_found` with the nearest names.
    pub(crate) fn tool(&self, name: &str) -> Result<Arc<Tool>, Failure> {
        self.catalog().tool(name).ok_or_else(|| {
            Failure::new(ErrorCode::ToolNotFound, "There is no tool of this name.")
                .details(self.catalog().nearest(name, NEAREST))
                .hint("The nearest names are in `details`; a search finds tools by what they do.")
        })
    }

    async fn viewer(&self, principal: &Principal) -> Result<Viewer, Failure> {
        let connections = self.accounts().connections(&principal.team, &principal.user).await?;
        Ok(Viewer { connections, rule: principal.rule() })
    }

    fn must_know(&self, filter: &Filter<'_>) -> Result<(), Failure> {
        if filter.integration.is_some_and(|slug| self.catalog().integration(slug).is_none()) {
            let known = self.catalog().integrations().map(|integration| integration.slug.clone());
            return Err(Failure::new(ErrorCode::NotFound, "There is no such integration.").details(known));
        }
        let areas = self.catalog().areas(filter.integration);
        if filter.area.is_some_and(|area| !areas.contains(&area)) {
            return Err(Failure::new(ErrorCode::NotFound, "There is no such area.").details(areas));
        }
        Ok(())
    }

    fn found(
        &self,
        query: &str,
        filter: &Filter<'_>,
        limit: Option<usize>,
    ) -> Result<Vec<keyferry_catalog::Hit>, Failure> {
        self.must_know(filter)?;
        if query.trim().is_empty() {
            return Err(Failure::new(
                ErrorCode::InvalidArguments,
                "`query` is empty: say in words what to do.",
            ));
        }
        Ok(self.catalog().search(query, *filter, limit.unwrap_or(FOUND).clamp(1, FOUND_AT_MOST)))
    }

    /// What the device's rule says about this tool on the connection that would be taken.
    async fn policy_reason(
        &self,
        principal: &Principal,
        viewer: &Viewer,
        tool: &Tool,
    ) -> Result<Option<String>, Failure> {
        let of_it = viewer.connections.iter().filter(|connection| connection.integration == tool.integration);
        let (Some(device), Some(connection)) = (principal.device(), default_of(of_it)) else {
            return Ok(None);
        };
        let narrowings = self.accounts().narrowings(&principal.team, device).await?;
        let holding = Holding::of(viewer.rule, &narrowings, tool, &connection.id);
        let asks = match holding.rule.consent(tool.impact) {
            None => "it is not allowed",
            Some(Consent::None) => return Ok(None),
            Some(Consent::Preview) => "a preview with the same arguments comes first",
            Some(Consent::Person) => "a person approves it first",
        };
        Ok(Some(format!("For this device {asks}: {}.", holding.said())))
    }

    fn list_item(&self, tool: &Tool, viewer: &Viewer, why: Option<String>) -> ToolListItem {
        let of_it =
            || viewer.connections.iter().filter(|connection| connection.integration == tool.integration);
        let default = default_of(of_it());
        let state = default.map_or("not_connected", |connection| match connection.state.as_str() {
            "active" => "healthy",
            _ => "stale_auth",
        });
        let name = self.catalog().integration(&tool.integration).map_or("", |integration| &integration.name);
        ToolListItem {
            integration: tool.integration.clone(),
            integration_name: name.to_owned(),
            name: tool.name.clone(),
            title: tool.title.clone(),
            summary: tool.summary.clone(),
            description: tool.description.clone().unwrap_or_else(|| tool.summary.clone()),
            impact: tool.impact,
            access_level: mode(tool.impact).to_owned(),
            mode: mode(tool.impact).to_owned(),
            risk: risk(tool.impact).to_owned(),
            guidance_available: tool.guidance != Guidance::default(),
            requires_confirmation: viewer.rule.consent(tool.impact) != Some(Consent::None),
            preview_available: true,
            default_connection_id: default.map(|connection| connection.number),
            connection_count: of_it().count(),
            canonical: CanonicalTool {
                integration_id: tool.integration.clone(),
                action: action(tool).to_owned(),
                default_connection_state: state.to_owned(),
            },
            why,
        }
    }
}

fn brief(tool: &Tool, why: Option<String>) -> BriefTool {
    BriefTool { name: tool.name.clone(), impact: tool.impact, summary: tool.summary.clone(), why }
}

/// What the catalog alone tells.
fn description(tool: &Tool, item: ToolListItem) -> ToolDescription {
    let guidance = &tool.guidance;
    let examples = guidance.examples.iter();
    ToolDescription {
        item,
        input_schema: tool.input_schema.clone(),
        output_schema: tool.answer.schema.clone(),
        tags: guidance.synonyms.clone(),
        policy_reason: None,
        connections: Vec::new(),
        requires_scopes: Vec::new(),
        requires_feature: tool.requires_feature.clone(),
        stability: tool.stability.as_str().to_owned(),
        idempotent: tool.idempotent,
        supports_dry_run: true,
        supports_batch: tool.input_schema.pointer("/properties/batch").is_some(),
        recommended_timeout_ms: u64::try_from(tool.timeout.as_millis()).unwrap_or(u64::MAX),
        limit_per_minute: tool.limit.map(|limit| i64::from(limit.per_minute)),
        quota: tool.quota.as_ref().map(quota),
        area: tool.area.clone(),
        no_before: tool.no_before.clone(),
        no_affected: tool.no_affected.clone(),
        when_to_use: guidance.when_to_use.clone(),
        ask_before: guidance.ask_before.clone(),
        safe_defaults: guidance.safe_defaults.clone(),
        examples: examples
            .map(|one| Example { user: one.user.clone(), args: one.args.clone().into() })
            .collect(),
        prerequisites: guidance.prerequisites.clone(),
        followups: guidance.follow_ups.clone(),
    }
}

/// `700 a month for each spaceId`
fn quota(quota: &Quota) -> String {
    let each = quota.argument.as_ref().map(|argument| format!(" for each {argument}")).unwrap_or_default();
    format!("{} a {}{each}", quota.at_most, quota.per.as_str())
}

/// ClawLink's word for what a tool does.
fn mode(impact: Impact) -> &'static str {
    match impact {
        Impact::Read => "read",
        Impact::Write => "write",
        Impact::HighImpact => "destructive",
    }
}

/// ClawLink's word for how careful to be.
fn risk(impact: Impact) -> &'static str {
    match impact {
        Impact::Read => "safe",
        Impact::Write => "confirm",
        Impact::HighImpact => "high_impact",
    }
}

/// The tool's name without its integration.
fn action(tool: &Tool) -> &str {
    tool.name.strip_prefix(&tool.integration).map_or(tool.name.as_str(), |rest| rest.trim_start_matches('_'))
}
