//! The device's journal: a call in two lines, one call whole, and what waits for a person.

use super::{Now, Screen, facts, text};
use keyferry_client::{Approval, Call};
use serde_json::Value;

/// Ids and names are as long as half a line each, so they stand below each other.
pub(crate) fn calls(screen: Screen, now: &Now, calls: &[Call]) -> String {
    let lines = calls.iter().map(|call| {
        let when = now.shown(&call.started_at);
        let head = format!("{}  {}  {}", screen.bold(&call.id), screen.dim(&when), call.state);
        let code = call.error_code.as_ref().map(|code| format!(": {code}")).unwrap_or_default();
        let object = call.object.as_ref().map(|object| format!(" {object}")).unwrap_or_default();
        format!("{head}\n{}", screen.wrapped(4, &format!("{}{object}{code}", call.tool)))
    });
    lines.collect::<Vec<_>>().join("\n")
}

pub(crate) fn call(screen: Screen, now: &Now, call: &Call) -> String {
    let mut rows = vec![("call", call.id.clone()), ("state", call.state.clone())];
    rows.extend(
        call.error_code.as_ref().map(|code| ("because", because(code, call.error_message.as_deref()))),
    );
    rows.push(("begun", now.shown(&call.started_at)));
    rows.extend(call.duration_ms.map(|millis| ("took", format!("{millis} ms"))));
    let number = call.connection_id.map(|number| format!(", connection {number}")).unwrap_or_default();
    rows.push(("account", format!("{}{number}", call.integration)));
    rows.extend(call.object.clone().map(|object| ("object", object)));
    rows.extend(call.status.map(|status| ("upstream", upstream(status, call.attempts))));
    let rows = rows.into_iter().map(|(name, value)| (name.to_owned(), value));
    let head = format!("{}  {}", screen.bold(&call.tool), screen.dim(&call.impact));
    let given = part(screen, "Its arguments", call.arguments.as_ref());
    let answered = part(screen, "It answered", call.result.as_ref());
    format!("{head}\n{}{given}{answered}", screen.pairs(2, rows))
}

fn because(code: &str, message: Option<&str>) -> String {
    message.map_or_else(|| code.to_owned(), |message| format!("{code}: {message}"))
}

fn upstream(status: i64, attempts: i64) -> String {
    if attempts > 1 { format!("status {status}, {attempts} attempts") } else { format!("status {status}") }
}

/// What is not kept, or was not there, is left out.
fn part(screen: Screen, title: &str, value: Option<&Value>) -> String {
    let shown = match value {
        None | Some(Value::Null) => return String::new(),
        Some(Value::Object(fields)) if fields.is_empty() => return String::new(),
        Some(object @ Value::Object(_)) => facts(screen, 2, object),
        Some(other) => screen.wrapped(2, &text(other)),
    };
    format!("\n\n{}\n{shown}", screen.bold(title))
}

pub(crate) fn approvals(screen: Screen, now: &Now, approvals: &[Approval]) -> String {
    let entries = approvals.iter().map(|approval| {
        let head = format!("{}  {}", screen.bold(&approval.tool), standing(now, approval));
        let mut lines = vec![head, screen.wrapped(4, &about(approval))];
        if approval.status == "pending" {
            lines.push(format!("    {}", approval.approval_url));
        }
        lines.extend(approval.reason.as_ref().map(|reason| screen.wrapped(4, &format!("“{reason}”"))));
        lines.join("\n")
    });
    entries.collect::<Vec<_>>().join("\n")
}

fn standing(now: &Now, approval: &Approval) -> String {
    let left = now.left_until(&approval.expires_at);
    match approval.status.as_str() {
        "pending" => format!("waits for a person, {left}"),
        "approved" => format!("approved: call it {left}"),
        other => other.to_owned(),
    }
}

/// What it is about, where.
fn about(approval: &Approval) -> String {
    let object = match (&approval.object_name, &approval.object) {
        (Some(name), Some(id)) => format!("{name} ({id}), "),
        (Some(one), None) | (None, Some(one)) => format!("{one}, "),
        (None, None) => String::new(),
    };
    format!("{object}in {}", approval.connection_label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn now() -> Now {
        Now::at("2026-11-21T12:00:00Z")
    }

    fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
        serde_json::from_value(value).unwrap()
    }

    fn deletion() -> Value {
        json!({
            "id": "call_01a1ff0a1e6275eca18e95c2595dd5bc", "tool": "segment_delete_source", "integration": "segment",
            "impact": "high_impact", "connectionId": 1, "state": "refused", "status": null, "attempts": 0,
            "errorCode": "approval_required", "errorMessage": "A person has to approve it first.",
            "object": "rGHNJ1YIkzjmbrN7RW6Gvh", "startedAt": "2026-11-21T11:58:00.250Z", "durationMs": 12,
            "arguments": {"sourceId": "rGHNJ1YIkzjmbrN7RW6Gvh"}
        })
    }

    #[test]
    fn a_list_of_calls_fits_eighty_columns() {
        let read_call = json!({
            "id": "call_01a1ff0a1e6275eca18e95c2595dd5bd", "tool": "segment_list_sources", "integration": "segment",
            "impact": "read", "connectionId": 1, "state": "succeeded", "status": 200, "attempts": 1,
            "startedAt": "2026-11-21T11:57:00Z"
        });
        insta::assert_snapshot!(calls(Screen::plain(80), &now(), &[read(deletion()), read(read_call)]), @"
        call_01a1ff0a1e6275eca18e95c2595dd5bc  2026-11-21 11:58:00  refused
            segment_delete_source rGHNJ1YIkzjmbrN7RW6Gvh: approval_required
        call_01a1ff0a1e6275eca18e95c2595dd5bd  2026-11-21 11:57:00  succeeded
            segment_list_sources
        ");
    }

    #[test]
    fn one_call_is_told_whole() {
        insta::assert_snapshot!(call(Screen::plain(60), &now(), &read(deletion())), @"
        segment_delete_source  high_impact
          call     call_01a1ff0a1e6275eca18e95c2595dd5bc
          state    refused
          because  approval_required: A person has to approve it
                   first.
          begun    2026-11-21 11:58:00
          took     12 ms
          account  segment, connection 1
          object   rGHNJ1YIkzjmbrN7RW6Gvh

        Its arguments
          sourceId  rGHNJ1YIkzjmbrN7RW6Gvh
        ");
        let done = json!({
            "id": "call_1", "tool": "segment_track", "integration": "segment", "impact": "write", "connectionId": 2,
            "state": "succeeded", "status": 200, "attempts": 2, "startedAt": "2026-11-21T11:57:00Z", "durationMs": 80,
            "arguments": {"userId": "u1", "event": "Left"}, "result": {"success": true}
        });
        insta::assert_snapshot!(call(Screen::plain(60), &now(), &read(done)), @"
        segment_track  write
          call      call_1
          state     succeeded
          begun     2026-11-21 11:57:00
          took      80 ms
          account   segment, connection 2
          upstream  status 200, 2 attempts

        Its arguments
          event   Left
          userId  u1

        It answered
          success  true
        ");
    }

    #[test]
    fn an_approval_says_what_it_waits_for() {
        let one = |status: &str, reason: Option<&str>| {
            read(json!({
                "id": "cnf_1", "status": status, "tool": "segment_delete_source", "object": "s1", "objectName": "Website",
                "connectionLabel": "Production", "expiresAt": "2026-11-21T12:09:30Z", "reason": reason,
                "approvalUrl": "http://127.0.0.1:8474/approve/cnf_1"
            }))
        };
        let all = [one("pending", None), one("approved", None), one("denied", Some("It is still needed"))];
        insta::assert_snapshot!(approvals(Screen::plain(80), &now(), &all), @"
        segment_delete_source  waits for a person, within 10 minutes
            Website (s1), in Production
            http://127.0.0.1:8474/approve/cnf_1
        segment_delete_source  approved: call it within 10 minutes
            Website (s1), in Production
        segment_delete_source  denied
            Website (s1), in Production
            “It is still needed”
        ");
    }
}
