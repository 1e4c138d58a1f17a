//! What people read at a terminal: tables, a tool's description, a preview, an error with its mend.

use comfy_table::{Attribute, Cell, ContentArrangement, Table, presets};
use keyferry_client::{PreviewData, Refusal};
use serde::Serialize;
use serde_json::Value;

pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string_pretty(value)?);
    Ok(())
}

/// A table, or one sentence when there is nothing to put in it.
pub(crate) fn table<const N: usize>(head: [&str; N], rows: impl Iterator<Item = [String; N]>, none: &str) {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(head.map(|title| Cell::new(title).add_attribute(Attribute::Bold)));
    table.add_rows(rows);
    if table.row_count() == 0 {
        println!("{none}");
    } else {
        println!("{table}");
    }
}

/// The scalar fields of an object, a line each.
pub(crate) fn pairs(value: &Value) {
    let Some(object) = value.as_object() else { return };
    let width = object.keys().map(String::len).max().unwrap_or(0);
    for (key, value) in object {
        match value {
            Value::String(text) => println!("{key:width$}  {text}"),
            Value::Object(_) | Value::Array(_) => println!("{key:width$}  {}", compact(value)),
            other => println!("{key:width$}  {other}"),
        }
    }
}

pub(crate) fn description(tool: &Value) {
    println!("{}  [{}]", text(&tool["name"]), text(&tool["impact"]));
    println!("{}", text(&tool["description"]));
    for (title, key) in [
        ("When to use", "whenToUse"),
        ("Ask before", "askBefore"),
        ("Needs", "prerequisites"),
        ("Then", "followups"),
    ] {
        list(title, &tool[key]);
    }
    arguments(&tool["inputSchema"]);
    for example in tool["examples"].as_array().into_iter().flatten() {
        println!("\nExample: {}", text(&example["user"]));
        println!("  keyferry call {} --params '{}'", text(&tool["name"]), compact(&example["args"]));
    }
}

fn list(title: &str, lines: &Value) {
    let Some(lines) = lines.as_array().filter(|lines| !lines.is_empty()) else { return };
    println!("\n{title}:");
    for line in lines {
        println!("  · {}", text(line));
    }
}

fn arguments(schema: &Value) {
    let Some(properties) = schema["properties"].as_object() else { return };
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    println!();
    let rows = properties.iter().map(|(name, property)| {
        let needed = if required.contains(&name.as_str()) { "yes" } else { "" };
        [name.clone(), text(&property["type"]), needed.to_owned(), text(&property["description"])]
    });
    table(["argument", "type", "required", "meaning"], rows, "It takes no arguments.");
}

pub(crate) fn preview(tool: &str, data: &PreviewData) {
    println!("{tool} would send:");
    println!("  {} {}", text(&data.request["method"]), text(&data.request["url"]));
    if !data.request["body"].is_null() {
        println!("  {}", compact(&data.request["body"]));
    }
    if !data.changes.is_empty() {
        let rows = data.changes.iter().map(|c| [c.path.clone(), compact(&c.from), compact(&c.to)]);
        table(["field", "before", "after"], rows, "");
    }
    if let Some(why) = &data.before_unavailable {
        println!("What it is now could not be read: {why}");
    }
    if !data.affected.is_empty() {
        println!("Also affected:");
        for thing in &data.affected {
            println!("  · {} {} {}", text(&thing["kind"]), text(&thing["name"]), text(&thing["id"]));
        }
    }
}

/// An error as a person wants to read it: what is wrong, then what to do.
pub(crate) fn refusal(refusal: &Refusal) {
    eprintln!("{}: {}", refusal.code, refusal.message);
    for line in &refusal.details {
        eprintln!("  {line}");
    }
    if let Some(hint) = &refusal.hint {
        eprintln!("→ {hint}");
    }
    if let Some(url) = refusal.approval_url.as_ref().filter(|url| !mentions(refusal.hint.as_deref(), url)) {
        eprintln!("→ {url}");
    }
}

fn mentions(hint: Option<&str>, url: &str) -> bool {
    hint.is_some_and(|hint| hint.contains(url))
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Array(several) => several.iter().map(text).collect::<Vec<_>>().join(" | "),
        other => other.to_string(),
    }
}

fn compact(value: &Value) -> String {
    match value {
        Value::String(text) => format!("\"{text}\""),
        other => other.to_string(),
    }
}
