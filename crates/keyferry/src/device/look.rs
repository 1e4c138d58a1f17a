//! Commands that only look: who am I, what is connected, which tools are there.

use crate::cli::{Gateway, ToolName};
use crate::device::{session, show};
use keyferry_client::Slot;

pub(crate) async fn whoami(gateway: &Gateway) -> anyhow::Result<()> {
    let reply = session::open(gateway).await?.whoami().await?;
    if gateway.json {
        return show::json(&reply.raw);
    }
    show::pairs(&reply.raw);
    Ok(())
}

pub(crate) async fn integrations(gateway: &Gateway) -> anyhow::Result<()> {
    let reply = session::open(gateway).await?.integrations().await?;
    if gateway.json {
        return show::json(&reply.raw);
    }
    let rows = reply.value.into_iter().map(|connection| {
        let default = if connection.is_default { "yes" } else { "" };
        let label = connection.connection_label.unwrap_or_default();
        [connection.id.to_string(), connection.integration, label, default.to_owned(), connection.auth_state]
    });
    show::table(["#", "integration", "label", "default", "state"], rows, "nothing is connected yet");
    Ok(())
}

pub(crate) async fn connections(gateway: &Gateway) -> anyhow::Result<()> {
    let reply = session::open(gateway).await?.connections().await?;
    if gateway.json {
        return show::json(&reply.raw);
    }
    let rows = reply.value.into_iter().map(|connection| {
        let default = if connection.is_default { "yes" } else { "" };
        let slots =
            connection.slots.iter().filter(|slot| slot.filled).map(slot).collect::<Vec<_>>().join(", ");
        let number = connection.number.to_string();
        [
            number,
            connection.integration,
            connection.label,
            connection.region,
            default.to_owned(),
            connection.state,
            slots,
        ]
    });
    let head = ["#", "integration", "label", "region", "default", "state", "keys"];
    show::table(head, rows, "nothing is connected yet");
    Ok(())
}

/// `tracking (verified)`
fn slot(slot: &Slot) -> String {
    let health = slot.health.as_ref().map_or("untested", |health| health.state.as_str());
    format!("{} ({health})", slot.name)
}

pub(crate) async fn list_tools(gateway: &Gateway, integration: Option<&str>) -> anyhow::Result<()> {
    let reply = session::open(gateway).await?.tools(integration).await?;
    if gateway.json {
        return show::json(&reply.raw);
    }
    let rows = reply.value.tools.into_iter().map(|tool| [tool.name, tool.impact, tool.summary]);
    show::table(["tool", "impact", "what it does"], rows, "no tools: connect an integration first");
    Ok(())
}

pub(crate) async fn search_tools(
    gateway: &Gateway,
    text: &str,
    integration: Option<&str>,
    limit: Option<u32>,
) -> anyhow::Result<()> {
    let reply = session::open(gateway).await?.search(text, integration, limit).await?;
    if gateway.json {
        return show::json(&reply.raw);
    }
    let rows = reply
        .value
        .tools
        .into_iter()
        .map(|tool| [tool.name, tool.impact, tool.summary, tool.why.unwrap_or_default()]);
    show::table(["tool", "impact", "what it does", "found by"], rows, "no tool does that; try other words");
    Ok(())
}

pub(crate) async fn describe_tool(gateway: &Gateway, tool: &ToolName) -> anyhow::Result<()> {
    let reply = session::open(gateway).await?.describe(tool.as_str()).await?;
    if gateway.json {
        return show::json(&reply.raw);
    }
    show::description(&reply.raw["tool"]);
    Ok(())
}
