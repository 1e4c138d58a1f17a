//! One call that a person decides: who asks, for what, what would be sent, and what it would change.

use super::calls;
use super::form::Form;
use super::html::When;
use super::named::Named;
use super::next::Next;
use super::notice::Notice;
use super::page::{Frame, Page};
use super::refusal::Refusal;
use super::session::Session;
use crate::state::Doors;
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use keyferry_broker::view::{Affected, ApprovalUse, ApprovalView, Change};
use keyferry_broker::{Verdict, visible_text};
use keyferry_core::{ConfirmationId, pointer};
use serde::Deserialize;
use serde_json::Value;

/// One field that the call would change.
#[derive(Debug)]
struct ChangeRow {
    path: String,
    from: Option<String>,
    to: Option<String>,
}

#[derive(Debug, Template)]
#[template(path = "approval.html")]
struct ApprovalPage {
    frame: Frame,
    id: String,
    view: ApprovalView,
    object_name: Option<String>,
    impact: &'static str,
    is_pending: bool,
    /// The sign-in page that comes first, when it does.
    sign_in_again: Option<String>,
    reason: Option<String>,
    asked: Option<When>,
    ends: Option<When>,
    decided: Option<When>,
    /// What became of the call that used it.
    used: Option<String>,
    changes: Vec<ChangeRow>,
    request_line: String,
    request: String,
    arguments: String,
    before: Option<String>,
    after: Option<String>,
}

impl ApprovalPage {
    fn new(by: &Session, view: ApprovalView) -> Self {
        let path = Next::of_text(&format!("/dashboard/approvals/{}", view.summary.id));
        let needs_sign_in = view.needs_fresh_sign_in && !by.is_fresh();
        Self {
            frame: by.frame(),
            id: view.summary.id.clone(),
            object_name: view.summary.object_name.as_deref().map(|name| visible_text(name).into_owned()),
            impact: calls::impact(view.summary.impact),
            is_pending: view.summary.status == "pending",
            sign_in_again: needs_sign_in.then(|| path.after("/dashboard/sign-in/again")),
            reason: view.summary.reason.as_deref().map(|reason| visible_text(reason).into_owned()),
            asked: When::of_text(&view.summary.created_at, by.now),
            ends: When::of_text(&view.summary.expires_at, by.now),
            decided: view.decided_at.as_deref().and_then(|text| When::of_text(text, by.now)),
            used: view.used.as_ref().map(became),
            changes: view.changes.iter().flat_map(rows).collect(),
            request_line: request_line(&view.request),
            request: pretty(&view.request),
            arguments: pretty(&view.arguments),
            before: shown(&view.before),
            after: shown(&view.after),
            view,
        }
    }

    fn affected(&self) -> &[Affected] {
        &self.view.affected
    }
}

/// `GET /dashboard/approvals/{id}`
pub(super) async fn show(
    State(doors): State<Doors>,
    Named(id): Named<ConfirmationId>,
    by: Session,
) -> Result<Response, Refusal> {
    let view = doors.broker.approval(by.principal(), &id).await?;
    Ok(Page(ApprovalPage::new(&by, view)).into_response())
}

#[derive(Debug, Deserialize)]
pub(super) struct DecisionForm {
    decision: String,
    reason: Option<String>,
}

/// `POST /dashboard/approvals/{id}`
pub(super) async fn decide(
    State(doors): State<Doors>,
    Named(id): Named<ConfirmationId>,
    Form { by, fields }: Form<DecisionForm>,
) -> Result<Response, Refusal> {
    let path = format!("/dashboard/approvals/{id}");
    let approves = fields.decision == "approve";
    let view = doors.broker.approval(by.principal(), &id).await?;
    if approves && view.needs_fresh_sign_in && !by.is_fresh() {
        return Err(Refusal::SignInAgain(Next::of_text(&path)));
    }
    let verdict = if approves { Verdict::Approve } else { Verdict::Deny { reason: fields.reason } };
    doors.broker.decide(by.principal(), &id, &verdict, by.is_fresh()).await?;
    let notice = if approves { Notice::Approved } else { Notice::Denied };
    Ok(notice.at(&doors, &path))
}

/// An approval that was used may still have sent nothing: its call says.
fn became(used: &ApprovalUse) -> String {
    let state =
        used.state.as_deref().map_or("made; the journal no longer has it", |word| calls::state(word).0);
    match &used.error_message {
        Some(message) => format!("{state}: {}", visible_text(message)),
        None => state.to_owned(),
    }
}

/// A change in one field is one row. A whole object that comes or goes is a row for each of its fields, the short ones
/// first: they tell which object it is.
fn rows(change: &Change) -> Vec<ChangeRow> {
    let fields = match (&change.from, &change.to) {
        (Value::Object(fields), Value::Null) | (Value::Null, Value::Object(fields)) => fields,
        _ => return vec![row(&change.path, &change.from, &change.to)],
    };
    let (long, short): (Vec<_>, Vec<_>) =
        fields.iter().partition(|(_, value)| value.is_object() || value.is_array());
    let one = |(name, value): (&String, &Value)| {
        let path = pointer::child(&change.path, name);
        if change.to.is_null() { row(&path, value, &Value::Null) } else { row(&path, &Value::Null, value) }
    };
    short.into_iter().chain(long).map(one).collect()
}

fn row(path: &str, from: &Value, to: &Value) -> ChangeRow {
    let pieces: Vec<String> = path.split('/').skip(1).map(pointer::unescape).collect();
    ChangeRow {
        path: if pieces.is_empty() { "everything".to_owned() } else { pieces.join(" › ") },
        from: shown(from),
        to: shown(to),
    }
}

/// A value as a person reads it: a text as it is, anything else as JSON; nothing for `null`.
fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(pretty(other)),
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).expect("a JSON value is written as JSON: its keys are texts")
}

/// `DELETE https://api.segmentapis.com/sources/1`
fn request_line(request: &Value) -> String {
    let part = |name: &str| request.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    format!("{} {}", part("method"), part("url")).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_change_is_told_as_path_before_and_after() {
        let change = |path: &str, from, to| rows(&Change { path: path.to_owned(), from, to });
        let told = |row: &ChangeRow| (row.path.clone(), row.from.clone(), row.to.clone());
        let text = |text: &str| Some(text.to_owned());
        let nested = change("/settings/a~1b", Value::Null, json!([1]));
        assert_eq!(told(&nested[0]), ("settings › a/b".to_owned(), None, text("[\n  1\n]")));
        let whole = change("", json!("x"), Value::Null);
        assert_eq!(told(&whole[0]), ("everything".to_owned(), text("x"), None));
    }

    #[test]
    fn an_object_that_goes_is_told_field_by_field() {
        let gone = Change {
            path: String::new(),
            from: json!({"a": {"b": 1}, "id": 7, "x/y": "z"}),
            to: Value::Null,
        };
        let told: Vec<_> = rows(&gone).into_iter().map(|row| (row.path, row.to)).collect();
        assert_eq!(told, [("id".to_owned(), None), ("x/y".to_owned(), None), ("a".to_owned(), None)]);
    }

    #[test]
    fn a_request_is_told_in_a_line() {
        assert_eq!(request_line(&json!({"method": "GET", "url": "https://x/y"})), "GET https://x/y");
        assert_eq!(request_line(&json!({})), "");
    }
}
