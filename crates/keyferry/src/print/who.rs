//! Who this machine is to the gateway, in a few lines.

use super::{Screen, text};
use serde_json::Value;

pub(crate) fn who(screen: Screen, gateway: &str, whoami: &Value) -> String {
    let device = &whoami["device"];
    let named = |thing: &Value, name: &str| format!("{} ({})", text(&thing[name]), text(&thing["id"]));
    let mut rows = vec![
        ("gateway", gateway.to_owned()),
        ("device", named(device, "label")),
        ("rule", rule(&device["rule"])),
        ("person", named(&whoami["user"], "name")),
        ("team", format!("{}, {}", named(&whoami["team"], "name"), text(&whoami["team"]["role"]))),
        ("paired", text(&device["createdAt"])),
    ];
    if let Some(end) = device["expiresAt"].as_str() {
        rows.push(("ends", end.to_owned()));
    }
    let narrower = device["narrower"].as_array().into_iter().flatten();
    rows.extend(narrower.map(|rule| ("stricter", stricter(rule))));
    screen.pairs(0, rows.into_iter().map(|(name, value)| (name.to_owned(), value)))
}

/// The rule's name here and on the pages, and what it means.
fn rule(name: &Value) -> String {
    let name = text(name);
    let (title, meaning) = match name.as_str() {
        "read-only" => ("Read only", "it changes nothing"),
        "approve" => ("Approve each change", "a person approves each write"),
        "confirm" => ("Preview each change", "it previews each write; a person approves high impact"),
        "trusted" => ("Trusted", "it writes; a person approves high impact"),
        _ => return name,
    };
    format!("{name} ({title}): {meaning}")
}

fn stricter(rule: &Value) -> String {
    let place = ["integration", "connectionId", "tool"].into_iter().filter(|key| !rule[key].is_null());
    let place: Vec<String> = place.map(|key| text(&rule[key])).collect();
    format!("{}: {}", place.join(" "), text(&rule["rule"]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_person_reads_whose_device_it_is_and_what_it_may() {
        let whoami = json!({
            "user": {"id": "usr_1", "name": "Ada"}, "team": {"id": "team_1", "name": "Ada's team", "role": "owner"},
            "device": {"id": "dev_1", "label": "Laptop", "client": "cli", "rule": "confirm",
                "narrower": [{"tool": "segment_track", "rule": "approve"}],
                "createdAt": "2026-11-20T10:00:00Z", "expiresAt": null}
        });
        insta::assert_snapshot!(who(Screen::plain(80), "http://127.0.0.1:8474", &whoami), @"
        gateway   http://127.0.0.1:8474
        device    Laptop (dev_1)
        rule      confirm (Preview each change): it previews each write; a person
                  approves high impact
        person    Ada (usr_1)
        team      Ada's team (team_1), owner
        paired    2026-11-20T10:00:00Z
        stricter  segment_track: approve
        ");
    }
}
