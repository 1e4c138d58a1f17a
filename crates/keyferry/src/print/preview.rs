//! A preview as the person who decides reads it: the request, what it changes, what else it touches, and what is next.

use super::{Column, Now, Screen, facts, text};
use keyferry_client::{Change, PreviewConfirmation, PreviewData};
use serde_json::Value;
use std::fmt::Write;

pub(crate) fn preview(screen: Screen, tool: &str, data: &PreviewData) -> String {
    let mut out = format!("{} would send\n\n", screen.bold(tool));
    let _ = writeln!(out, "  {} {}", text(&data.request["method"]), text(&data.request["url"]));
    if !data.request["body"].is_null() {
        let body = serde_json::to_string_pretty(&data.request["body"]).unwrap_or_default();
        body.lines().for_each(|line| out.push_str(&format!("  {line}\n")));
    }
    out.push_str(&changes(screen, &data.changes));
    if let Some(why) = &data.before_unavailable {
        let _ = writeln!(out, "\n{}", screen.wrapped(0, &format!("What it is now could not be read: {why}")));
    }
    out.push_str(&affected(screen, &data.affected));
    if let Some(why) = &data.affected_unavailable {
        let _ = writeln!(
            out,
            "\n{}",
            screen.wrapped(0, &format!("Not all that it touches could be listed: {why}"))
        );
    }
    out
}

fn changes(screen: Screen, changes: &[Change]) -> String {
    match changes {
        [] => String::new(),
        [whole] if whole.path.is_empty() && whole.to.is_null() => {
            format!("\n{}\n{}\n", screen.bold("It would be gone:"), facts(screen, 2, &whole.from))
        }
        [whole] if whole.path.is_empty() && whole.from.is_null() => {
            format!("\n{}\n{}\n", screen.bold("It would be new:"), facts(screen, 2, &whole.to))
        }
        changes => {
            let head = [Column::Whole("field"), Column::Wrapped("now"), Column::Wrapped("then")];
            let rows = changes.iter().map(|change| {
                let field = change.path.trim_start_matches('/').replace('/', ".");
                [field, text(&change.from), text(&change.to)]
            });
            format!("\n{}\n", screen.table(head, rows))
        }
    }
}

/// What else is touched, below what happens to it.
fn affected(screen: Screen, things: &[Value]) -> String {
    if things.is_empty() {
        return String::new();
    }
    let count = if things.len() == 1 { "1 thing".to_owned() } else { format!("{} things", things.len()) };
    let mut out = format!("\n{}\n", screen.bold(&format!("It would also affect {count}:")));
    let mut effects: Vec<String> = Vec::new();
    for effect in things.iter().map(|thing| text(&thing["effect"])) {
        if !effects.contains(&effect) {
            effects.push(effect);
        }
    }
    for effect in effects {
        let these = things.iter().filter(|thing| text(&thing["effect"]) == effect);
        let rows = these.map(|thing| {
            (text(&thing["kind"]), format!("{} ({})", text(&thing["name"]), text(&thing["id"])))
        });
        let _ = writeln!(out, "{}\n{}", screen.wrapped(2, &effect), screen.pairs(4, rows));
    }
    out
}

/// What has to happen before the call is sent.
pub(crate) fn left(screen: Screen, confirmation: &PreviewConfirmation, now: &Now) -> Option<String> {
    let time = confirmation.expires_at.as_deref().map(|until| now.left_until(until)).unwrap_or_default();
    match (confirmation.needs.as_str(), &confirmation.approval_url) {
        ("person", Some(url)) => {
            let sentence = format!("A person has to approve it {time}, signed in at");
            Some(format!("{}\n  {url}", screen.wrapped(0, &sentence)))
        }
        ("preview", _) => {
            Some(screen.wrapped(0, &format!("To send it, call with the same arguments {time}.")))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn data(value: serde_json::Value) -> PreviewData {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_deletion_shows_what_goes_and_what_goes_with_it() {
        let deletion = data(json!({
            "request": {"method": "DELETE", "url": "https://api.segmentapis.com/sources/s1", "body": null},
            "changes": [{"path": "", "to": null, "from": {
                "enabled": true, "id": "s1", "name": "Website", "slug": "website",
                "metadata": {"name": "Javascript", "categories": ["Website"]}, "writeKeys": ["kfs_1"]
            }}],
            "affected": [
                {"kind": "destination", "id": "d1", "name": "Amplitude", "effect": "Loses its source."},
                {"kind": "destination", "id": "d2", "name": "Braze", "effect": "Loses its source."},
                {"kind": "warehouse", "id": "w1", "name": "Snowflake", "effect": "Gets no more data."}
            ]
        }));
        insta::assert_snapshot!(preview(Screen::plain(80), "segment_delete_source", &deletion), @"
        segment_delete_source would send

          DELETE https://api.segmentapis.com/sources/s1

        It would be gone:
          name                 Website
          id                   s1
          enabled              true
          metadata.name        Javascript
          metadata.categories  Website
          slug                 website
          writeKeys            kfs_1

        It would also affect 3 things:
          Loses its source.
            destination  Amplitude (d1)
            destination  Braze (d2)
          Gets no more data.
            warehouse  Snowflake (w1)
        ");
    }

    #[test]
    fn a_change_shows_now_and_then() {
        let change = data(json!({
            "request": {"method": "PATCH", "url": "https://api.segmentapis.com/sources/s1", "body": {"name": "Site"}},
            "changes": [{"path": "/name", "from": "Website", "to": "Site"}, {"path": "/a/b", "from": null, "to": ["x", "y"]}]
        }));
        insta::assert_snapshot!(preview(Screen::plain(80), "segment_update_source", &change), @r#"
        segment_update_source would send

          PATCH https://api.segmentapis.com/sources/s1
          {
            "name": "Site"
          }

        field  now      then
        name   Website  Site
        a.b    –        x, y
        "#);
    }

    #[test]
    fn what_is_next_is_said_with_its_time() {
        let now = Now::at("2026-11-21T12:00:00Z");
        let mut next = PreviewConfirmation {
            id: Some("cnf_1".to_owned()),
            expires_at: Some("2026-11-21T12:59:30.5Z".to_owned()),
            needs: "person".to_owned(),
            approval_url: Some("http://127.0.0.1:8474/approve/cnf_1".to_owned()),
        };
        insta::assert_snapshot!(left(Screen::plain(80), &next, &now).unwrap(), @"
        A person has to approve it within 60 minutes, signed in at
          http://127.0.0.1:8474/approve/cnf_1
        ");
        next.needs = "preview".to_owned();
        next.expires_at = Some("2026-11-21T12:00:20Z".to_owned());
        insta::assert_snapshot!(left(Screen::plain(80), &next, &now).unwrap(), @"To send it, call with the same arguments within a minute.");
    }
}
