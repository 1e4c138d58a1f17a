//! Commands that only look: who am I, what is connected, which tools are there.

use crate::cli::{Gateway, ToolName};
use crate::device::session;
use crate::print::{self, Column, Entry, Screen};
use keyferry_client::{Connection, Integration, Slot, Tool, Tools};
use serde_json::Value;

pub(crate) async fn whoami(gateway: &Gateway) -> anyhow::Result<()> {
    let client = session::open(gateway).await?;
    let reply = client.whoami().await?;
    if gateway.json {
        return print::json(&reply.raw);
    }
    let base = client.base().as_str().trim_end_matches('/');
    println!("{}", print::who(Screen::stdout(), base, &print::seen(&reply.raw)?));
    Ok(())
}

pub(crate) async fn integrations(gateway: &Gateway) -> anyhow::Result<()> {
    let reply = session::open(gateway).await?.integrations().await?;
    if gateway.json {
        return print::json(&reply.raw);
    }
    let all: Vec<Integration> = print::seen(&reply.raw["integrations"])?;
    let rows = all.into_iter().map(|connection| {
        let default = if connection.is_default { "yes" } else { "" };
        let label = connection.connection_label.unwrap_or_default();
        [connection.id.to_string(), connection.integration, label, default.to_owned(), connection.auth_state]
    });
    let head = [
        Column::Whole("#"),
        Column::Whole("integration"),
        Column::Wrapped("label"),
        Column::Whole("default"),
        Column::Whole("state"),
    ];
    listed(head, rows, "nothing is connected yet");
    Ok(())
}

pub(crate) async fn connections(gateway: &Gateway) -> anyhow::Result<()> {
    let reply = session::open(gateway).await?.connections().await?;
    if gateway.json {
        return print::json(&reply.raw);
    }
    let all: Vec<Connection> = print::seen(&reply.raw["connections"])?;
    let rows = all.into_iter().map(|connection| {
        let default = if connection.is_default { "yes" } else { "" };
        let slots =
            connection.slots.iter().filter(|slot| slot.filled).map(slot).collect::<Vec<_>>().join("\n");
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
    let head = [
        Column::Whole("#"),
        Column::Whole("integration"),
        Column::Wrapped("label"),
        Column::Whole("region"),
        Column::Whole("default"),
        Column::Whole("state"),
        Column::Whole("keys"),
    ];
    listed(head, rows, "nothing is connected yet");
    Ok(())
}

/// A table, or one sentence when there is nothing to put in it.
fn listed<const N: usize>(head: [Column; N], rows: impl Iterator<Item = [String; N]>, none: &str) {
    let mut rows = rows.peekable();
    match rows.peek() {
        Some(_) => println!("{}", Screen::stdout().table(head, rows)),
        None => println!("{none}"),
    }
}

/// `tracking (verified)`
fn slot(slot: &Slot) -> String {
    let health = slot.health.as_ref().map_or("untested", |health| health.state.as_str());
    format!("{} ({health})", slot.name)
}

pub(crate) async fn list_tools(gateway: &Gateway, integration: Option<&str>) -> anyhow::Result<()> {
    let reply = session::open(gateway).await?.tools(integration).await?;
    if gateway.json {
        return print::json(&reply.raw);
    }
    show(&reply.raw, "no tools: connect an integration first")
}

fn show(answer: &Value, none: &str) -> anyhow::Result<()> {
    let Tools { tools } = serde_json::from_value(print::seen_in_lines(answer))?;
    if tools.is_empty() {
        println!("{none}");
        return Ok(());
    }
    let entry =
        |tool: Tool| Entry { name: tool.name, impact: tool.impact, summary: tool.summary, why: tool.why };
    let tools: Vec<Entry> = tools.into_iter().map(entry).collect();
    println!("{}", print::entries(Screen::stdout(), &tools));
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
        return print::json(&reply.raw);
    }
    show(&reply.raw, "no tool does that; try other words")
}

pub(crate) async fn describe_tool(gateway: &Gateway, tool: &ToolName) -> anyhow::Result<()> {
    let reply = session::open(gateway).await?.describe(tool.as_str()).await?;
    if gateway.json {
        return print::json(&reply.raw);
    }
    print!("{}", print::description(Screen::stdout(), &print::seen_in_lines(&reply.raw["tool"])));
    Ok(())
}
