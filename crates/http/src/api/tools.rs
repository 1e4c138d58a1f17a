//! Discovery: which tools there are, and all about one.

use crate::api::wire::FailureAnswer;
use crate::extract::{Device, Query, Segment, number};
use crate::rejection::Rejection;
use crate::state::Doors;
use axum::Json;
use axum::extract::State;
use keyferry_broker::ToolFilter;
use keyferry_broker::view::{BriefTool, BriefTools, FoundTools, ToolAnswer, ToolListItem, Tools};
use keyferry_core::{ErrorCode, Failure, FieldFault, Impact};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// `{name, impact, summary[, why]}` a tool, or ClawLink's longer line.
const BRIEF: &str = "brief";

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// The integration's slug; every tool when absent.
    integration: Option<String>,
    /// `read`, `write` or `high_impact`.
    impact: Option<String>,
    /// Only the tools of one area, such as `warehouses`.
    area: Option<String>,
    /// `brief`: only name, impact and summary.
    view: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum ToolList {
    Full(Tools),
    Brief(BriefTools),
}

/// Lists tools, without their schemas.
#[utoipa::path(
    get,
    path = "/api/tools",
    tag = "discovery",
    operation_id = "listTools",
    params(ListQuery),
    responses((status = 200, body = ToolList))
)]
pub(crate) async fn list(
    State(doors): State<Doors>,
    Device(principal): Device,
    Query(query): Query<ListQuery>,
) -> Result<Json<ToolList>, Rejection> {
    let (integration, area) = (slug(query.integration), slug(query.area));
    let impact = impact(query.impact.as_deref())?;
    let filter = ToolFilter { integration: integration.as_deref(), impact, area: area.as_deref() };
    Ok(Json(if is_brief(query.view.as_deref()) {
        ToolList::Brief(doors.broker.tools_brief(filter)?)
    } else {
        ToolList::Full(doors.broker.tools(&principal, filter).await?)
    }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SearchQuery {
    /// What to do, in plain words.
    query: Option<String>,
    integration: Option<String>,
    /// `read`, `write` or `high_impact`.
    impact: Option<String>,
    /// Only the tools of one area, such as `warehouses`.
    area: Option<String>,
    /// 1 to 25; 10 when absent.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
    /// `brief`: only name, impact, summary, and why it was found.
    view: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum FoundToolList {
    Full(FoundTools),
    Brief(BriefTools),
}

/// Finds tools by what they do, best first.
#[utoipa::path(
    get,
    path = "/api/tools/search",
    tag = "discovery",
    operation_id = "searchTools",
    params(SearchQuery),
    responses((status = 200, body = FoundToolList))
)]
pub(crate) async fn search(
    State(doors): State<Doors>,
    Device(principal): Device,
    Query(given): Query<SearchQuery>,
) -> Result<Json<FoundToolList>, Rejection> {
    let limit = number("limit", given.limit.as_deref())?;
    let query = given.query.unwrap_or_default();
    let (integration, area) = (slug(given.integration), slug(given.area));
    let impact = impact(given.impact.as_deref())?;
    let filter = ToolFilter { integration: integration.as_deref(), impact, area: area.as_deref() };
    Ok(Json(if is_brief(given.view.as_deref()) {
        FoundToolList::Brief(doors.broker.search_brief(&query, filter, limit)?)
    } else {
        FoundToolList::Full(doors.broker.search(&principal, &query, filter, limit).await?)
    }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DescribeQuery {
    /// `brief`: only name, impact and summary.
    view: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum DescribedTool {
    Full(Box<ToolAnswer>),
    Brief(BriefTool),
}

/// Describes one tool in full: schema, guidance, connections.
#[utoipa::path(
    get,
    path = "/api/tools/{name}",
    tag = "discovery",
    operation_id = "describeTool",
    params(("name" = String, Path, description = "The tool's name: `segment_list_sources`."), DescribeQuery),
    responses(
        (status = 200, body = DescribedTool),
        (status = 404, body = FailureAnswer, description = "`tool_not_found`; the nearest names are in `details`.")
    )
)]
pub(crate) async fn describe(
    State(doors): State<Doors>,
    Device(principal): Device,
    Segment(name): Segment,
    Query(query): Query<DescribeQuery>,
) -> Result<Json<DescribedTool>, Rejection> {
    let tool = doors.broker.describe(&principal, &name).await?;
    if is_brief(query.view.as_deref()) {
        let ToolListItem { name, impact, summary, .. } = tool.item;
        return Ok(Json(DescribedTool::Brief(BriefTool { name, impact, summary, why: None })));
    }
    Ok(Json(DescribedTool::Full(Box::new(ToolAnswer { tool }))))
}

fn is_brief(view: Option<&str>) -> bool {
    view == Some(BRIEF)
}

fn impact(given: Option<&str>) -> Result<Option<Impact>, Failure> {
    given.filter(|text| !text.is_empty()).map(str::parse).transpose().map_err(|problem| {
        let fault = FieldFault::invalid("/impact", problem);
        Failure::new(ErrorCode::InvalidArguments, "`impact` is not one.").faults(vec![fault])
    })
}

/// ClawLink's clients lower the slug themselves; people don't.
fn slug(given: Option<String>) -> Option<String> {
    given.map(|slug| slug.trim().to_ascii_lowercase()).filter(|slug| !slug.is_empty())
}
