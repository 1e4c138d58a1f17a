//! What an API says is wrong, out of whatever shape it says it in.

use keyferry_catalog::{ErrorStyle, Filling, Pattern, Tool};
use keyferry_core::FieldFault;
use serde_json::Value;

/// More complaints than this help nobody.
const MOST: usize = 20;

/// A longer sentence is cut, in characters.
const LONGEST: usize = 300;

/// One thing that an upstream finds wrong, in its own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Complaint {
    code: Option<String>,
    message: Option<String>,
    field: Option<String>,
}

/// The complaints in the body of an error. A body that is a text is one complaint; one of another shape holds none.
pub(crate) fn complaints(style: &ErrorStyle, body: &Value) -> Vec<Complaint> {
    if let Value::String(text) = body {
        let complaint = Complaint { code: None, message: Some(shortened(text)), field: None };
        return if text.is_empty() { Vec::new() } else { vec![complaint] };
    }
    let Some(at) = &style.at else { return Vec::new() };
    at.find(body).iter().filter_map(|error| Complaint::read(style, error.value)).take(MOST).collect()
}

impl Complaint {
    fn read(style: &ErrorStyle, error: &Value) -> Option<Self> {
        let part = |at: &Option<Pattern>| match at.as_ref()?.find(error).first()?.value {
            Value::String(text) => Some(shortened(text)),
            number @ Value::Number(_) => Some(number.to_string()),
            _ => None,
        };
        let complaint =
            Self { code: part(&style.code), message: part(&style.message), field: part(&style.field) };
        (complaint.code.is_some() || complaint.message.is_some()).then_some(complaint)
    }

    /// One line for `details`.
    pub(crate) fn line(&self) -> String {
        [&self.field, &self.code, &self.message].into_iter().flatten().cloned().collect::<Vec<_>>().join(": ")
    }

    /// The complaint as a fault of an argument, where its field is one. The upstream's words are left to `details`:
    /// they may quote the value.
    pub(crate) fn fault(&self, tool: &Tool) -> Option<FieldFault> {
        let pointer = argument_pointer(tool, self.field.as_deref()?)?;
        let code = self.code.as_deref().unwrap_or("rejected");
        Some(FieldFault::invalid(pointer, format!("the upstream does not take it ({code}); see `details`")))
    }
}

/// `labels.0.key`, `labels[0].key` or `/labels/0/key`, by wire names, as a pointer into the arguments.
fn argument_pointer(tool: &Tool, field: &str) -> Option<String> {
    let dotted = field.trim_start_matches('/').replace(['/', '['], ".").replace(']', "");
    let (argument, rest) = arguments_by_wire_name(tool)
        .filter_map(|(argument, wire)| {
            let rest = dotted.strip_prefix(wire)?;
            (rest.is_empty() || rest.starts_with('.')).then_some((argument, rest))
        })
        .min_by_key(|(_, rest)| rest.len())?;
    Some(format!("/{argument}{}", rest.replace('.', "/")))
}

fn arguments_by_wire_name(tool: &Tool) -> impl Iterator<Item = (&str, &str)> {
    let parameters = tool.request.parameters.iter().filter_map(|parameter| match &parameter.filled_from {
        Filling::Argument(argument) => Some((argument.as_str(), parameter.wire_name.as_str())),
        Filling::SlotField(_) => None,
    });
    let fields = tool.request.body.iter().flat_map(|body| &body.fields);
    parameters.chain(fields.map(|(argument, wire)| (argument.as_str(), wire.as_str())))
}

fn shortened(text: &str) -> String {
    let visible = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(visible).take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i64>().prop_map(Value::from),
            "\\PC{0,400}".prop_map(Value::from),
        ];
        let name = prop_oneof![Just("errors".to_owned()), Just("message".to_owned()), "[a-z/~*]{0,6}"];
        leaf.prop_recursive(4, 64, 40, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..40).prop_map(Value::from),
                prop::collection::btree_map(name.clone(), inner, 0..6)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_an_upstream_complains_of_is_told_in_short(body in any_json(), wrapped in any::<bool>()) {
            let style = ErrorStyle {
                at: Pattern::parse("/errors/*").ok(),
                code: Pattern::parse("/type").ok(),
                message: Pattern::parse("/message").ok(),
                field: Pattern::parse("/field").ok(),
            };
            let body = if wrapped { json!({"errors": [{"message": body, "field": body}]}) } else { body };
            let told = complaints(&style, &body);
            prop_assert!(told.len() <= MOST);
            for complaint in told {
                prop_assert!(complaint.line().chars().count() <= 3 * LONGEST + 4);
                prop_assert!(!complaint.line().contains(char::is_control));
            }
        }
    }
}
