//! Showing a person, through the client, what a call would do (elicitation).
//!
//! That is a preview shown, never an approval: what the client brings back was said by a program. A yes sends the very
//! call that was previewed, which this device may send then anyway; where a person has to approve, the client is asked
//! to open our own page, and whatever it answers, only what was decided there counts.

use keyferry_broker::view::{Change, PreviewAnswer};
use keyferry_core::Failure;
use rmcp::RoleServer;
use rmcp::model::{
    ElicitRequest, ElicitRequestParams, ElicitResult, ElicitationAction, ElicitationCapability,
    ElicitationSchema, InputRequest, InputRequiredResult, InputResponses, ProtocolVersion,
};
use rmcp::service::RequestContext;
use serde_json::Value;
use std::collections::BTreeMap;

/// Our one question in a request.
const QUESTION: &str = "preview";
/// What is shown of a difference: so many fields, and so many characters of each value.
const CHANGES: usize = 20;
const CHARACTERS: usize = 80;

/// What the client can show its person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shows {
    pub(super) forms: bool,
    pub(super) links: bool,
}

/// Only clients of 2026-07-28 or newer are asked: with them a question needs no line that stays open.
pub(super) fn shows(context: &RequestContext<RoleServer>) -> Shows {
    let version = context.protocol_version();
    let is_new = version.is_some_and(|version| version.as_str() >= ProtocolVersion::V_2026_07_28.as_str());
    let capability = context.client_capabilities().and_then(|all| all.elicitation).filter(|_| is_new);
    match capability {
        None => Shows { forms: false, links: false },
        // One that names neither means forms, as the first version of this did.
        Some(ElicitationCapability { form, url, .. }) => {
            Shows { forms: form.is_some() || url.is_none(), links: url.is_some() }
        }
    }
}

/// What the client brought back. Nothing when it was not asked yet.
pub(super) fn action(responses: Option<&InputResponses>) -> Option<ElicitationAction> {
    let response = responses?.get(QUESTION)?;
    // What can't be read is no yes.
    let read = serde_json::from_value::<ElicitResult>(response.clone());
    Some(read.map_or(ElicitationAction::Cancel, |result| result.action))
}

/// Asks for the person to be shown the preview.
pub(super) fn preview(preview: &PreviewAnswer) -> InputRequiredResult {
    question(ElicitRequestParams::FormElicitationParams {
        meta: None,
        message: sentence(preview),
        requested_schema: ElicitationSchema::new(BTreeMap::new()),
    })
}

/// Asks for the approval page to be opened.
pub(super) fn approval(failure: &Failure, link: &str) -> InputRequiredResult {
    question(ElicitRequestParams::UrlElicitationParams {
        meta: None,
        message: format!("{} It is approved on this page, and nowhere else.", failure.message),
        url: link.to_owned(),
        elicitation_id: String::new(),
    })
}

fn question(params: ElicitRequestParams) -> InputRequiredResult {
    let request = InputRequest::Elicitation(ElicitRequest::new(params));
    InputRequiredResult::from_input_requests(BTreeMap::from([(QUESTION.to_owned(), request)]))
}

fn sentence(preview: &PreviewAnswer) -> String {
    let data = &preview.data;
    let mut lines = vec![format!("`{}` would send this:", preview.tool_name)];
    let part = |name: &str| data.request[name].as_str().unwrap_or_default();
    lines.push(format!("{} {}", part("method"), part("url")));
    lines.extend(data.changes.iter().take(CHANGES).map(change));
    if data.changes.len() > CHANGES {
        lines.push(format!("… and {} changes more", data.changes.len() - CHANGES));
    }
    lines.extend(
        data.affected.iter().take(CHANGES).map(|one| format!("{} {}: {}", one.kind, one.name, one.effect)),
    );
    if data.affected.len() > CHANGES {
        lines.push(format!("… and {} more are touched", data.affected.len() - CHANGES));
    }
    if data.changes.is_empty() {
        lines.push(format!("Arguments: {}", short(&preview.args)));
    }
    lines.push("Send it?".to_owned());
    lines.join("\n")
}

fn change(change: &Change) -> String {
    format!("{}: {} → {}", change.path, short(&change.from), short(&change.to))
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(CHARACTERS) {
        None => text,
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_an_accept_that_can_be_read_is_one() {
        let of = |response: Value| action(Some(&BTreeMap::from([(QUESTION.to_owned(), response)])));
        assert_eq!(of(json!({"action": "accept"})), Some(ElicitationAction::Accept));
        assert_eq!(of(json!({"action": "decline"})), Some(ElicitationAction::Decline));
        for other in [json!({}), json!("accept"), json!({"action": "yes"}), json!(null)] {
            assert_eq!(of(other), Some(ElicitationAction::Cancel));
        }
        assert_eq!(action(None), None);
        assert_eq!(action(Some(&BTreeMap::from([("other".to_owned(), json!({"action": "accept"}))]))), None);
    }

    #[test]
    fn a_long_value_is_cut_between_characters() {
        assert_eq!(short(&json!("a")), "\"a\"");
        let text = short(&json!("é".repeat(200)));
        assert_eq!(text.chars().count(), CHARACTERS + 1);
    }
}
