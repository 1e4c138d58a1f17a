//! Tools: a list of them, and everything about one.

use super::{Column, Screen, compact, text};
use serde_json::Value;
use std::fmt::Write;

/// One tool of a list.
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) impact: String,
    pub(crate) summary: String,
    /// Why a search found it.
    pub(crate) why: Option<String>,
}

/// Names are as long as half a line, so what a tool does stands below its name.
pub(crate) fn entries(screen: Screen, entries: &[Entry]) -> String {
    let width = entries.iter().map(|entry| entry.name.chars().count()).max().unwrap_or(0);
    let entries = entries.iter().map(|entry| {
        let gap = " ".repeat(width - entry.name.chars().count());
        let head = format!("{}{gap}  {}", screen.bold(&entry.name), screen.dim(&entry.impact));
        let why = entry.why.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
        format!("{head}\n{}", screen.wrapped(4, &format!("{}{why}", entry.summary)))
    });
    entries.collect::<Vec<_>>().join("\n")
}

pub(crate) fn description(screen: Screen, tool: &Value) -> String {
    let name = text(&tool["name"]);
    let mut out = format!("{}  {}\n", screen.bold(&name), screen.dim(&text(&tool["impact"])));
    let _ = writeln!(out, "{}", screen.wrapped(0, &text(&tool["description"])));
    for (title, key) in [
        ("When to use", "whenToUse"),
        ("Ask before", "askBefore"),
        ("Needs", "prerequisites"),
        ("Then", "followups"),
    ] {
        out.push_str(&list(screen, title, &tool[key]));
    }
    out.push_str(&arguments(screen, &tool["inputSchema"]));
    for example in tool["examples"].as_array().into_iter().flatten() {
        let _ = writeln!(out, "\n{}", screen.wrapped(0, &format!("Example: {}", text(&example["user"]))));
        let _ = writeln!(out, "  keyferry call {name} --params '{}'", compact(&example["args"]));
    }
    out
}

fn list(screen: Screen, title: &str, lines: &Value) -> String {
    let Some(lines) = lines.as_array().filter(|lines| !lines.is_empty()) else { return String::new() };
    let lines = lines.iter().map(|line| format!("{}\n", screen.hanging("  · ", &text(line))));
    format!("\n{}\n{}", screen.bold(title), lines.collect::<String>())
}

fn arguments(screen: Screen, schema: &Value) -> String {
    let Some(properties) = schema["properties"].as_object().filter(|all| !all.is_empty()) else {
        return "\nIt takes no arguments.\n".to_owned();
    };
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut properties: Vec<_> = properties.iter().collect();
    properties.sort_by_key(|(name, _)| !required.contains(&name.as_str()));
    let rows = properties.into_iter().map(|(name, property)| {
        let needed = if required.contains(&name.as_str()) { "yes" } else { "" };
        [name.clone(), kind(&property["type"]), needed.to_owned(), meaning(property)]
    });
    let head = [
        Column::Whole("argument"),
        Column::Whole("type"),
        Column::Whole("needed"),
        Column::Wrapped("meaning"),
    ];
    format!("\n{}\n", screen.table(head, rows))
}

fn kind(kind: &Value) -> String {
    match kind {
        Value::Array(several) => several.iter().map(text).collect::<Vec<_>>().join(" | "),
        Value::Null => "any".to_owned(),
        one => text(one),
    }
}

fn meaning(property: &Value) -> String {
    property["description"].as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_list_of_tools_fits_eighty_columns() {
        let entry = |name: &str, impact: &str, summary: &str, why: Option<&str>| Entry {
            name: name.to_owned(),
            impact: impact.to_owned(),
            summary: summary.to_owned(),
            why: why.map(str::to_owned),
        };
        let list = [
            entry(
                "segment_list_delivery_metrics_summary_from_destination",
                "read",
                "Count what a destination was sent, what it took and what failed, over a time",
                Some("says: destination, failed"),
            ),
            entry("segment_track", "write", "Send one event", None),
        ];
        insta::assert_snapshot!(entries(Screen::plain(80), &list), @"
        segment_list_delivery_metrics_summary_from_destination  read
            Count what a destination was sent, what it took and what failed, over a time
            (says: destination, failed)
        segment_track                                           write
            Send one event
        ");
    }

    #[test]
    fn a_tool_is_told_with_its_arguments_and_an_example() {
        let tool = json!({
            "name": "segment_update_source", "impact": "write", "description": "Change a source.",
            "whenToUse": ["A source is to be renamed, switched on or off, or its settings are to be changed by hand."],
            "askBefore": [], "inputSchema": {"required": ["sourceId"], "properties": {
                "sourceId": {"type": "string", "description": "The id of the source, from segment_list_sources."},
                "enabled": {"type": ["boolean", "null"], "description": "Whether it takes data."}
            }},
            "examples": [{"user": "Switch the website off", "args": {"sourceId": "s1", "enabled": false}}]
        });
        insta::assert_snapshot!(description(Screen::plain(60), &tool), @r#"
        segment_update_source  write
        Change a source.

        When to use
          · A source is to be renamed, switched on or off, or its
            settings are to be changed by hand.

        argument  type            needed  meaning
        sourceId  string          yes     The id of the source,
                                          from
                                          segment_list_sources.
        enabled   boolean | null          Whether it takes data.

        Example: Switch the website off
          keyferry call segment_update_source --params '{"enabled":false,"sourceId":"s1"}'
        "#);
    }
}
