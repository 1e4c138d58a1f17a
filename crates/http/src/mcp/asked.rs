//! A tool's arguments, read into a struct. What the struct doesn't name is refused.

use keyferry_core::{ErrorCode, Failure, FieldFault, Impact};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// # Errors
/// `invalid_arguments`, with where it is wrong.
pub(super) fn read<T: DeserializeOwned>(arguments: Map<String, Value>) -> Result<T, Failure> {
    serde_path_to_error::deserialize(Value::Object(arguments)).map_err(|error| {
        let pointer: String = error.path().iter().map(|segment| format!("/{segment}")).collect();
        let pointer = if pointer == "/." { String::new() } else { pointer };
        let fault = FieldFault::invalid(pointer, "is not as this tool's inputSchema says");
        Failure::new(ErrorCode::InvalidArguments, "The tool's arguments are not as its inputSchema says.")
            .faults(vec![fault])
    })
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct IntegrationsAsked {
    pub(super) query: Option<String>,
    pub(super) connected_only: Option<bool>,
    pub(super) page: Option<usize>,
    pub(super) page_size: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchAsked {
    pub(super) query: String,
    pub(super) integration: Option<String>,
    pub(super) impact: Option<Impact>,
    pub(super) area: Option<String>,
    pub(super) limit: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ToolsAsked {
    pub(super) integration: Option<String>,
    pub(super) impact: Option<Impact>,
    pub(super) area: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Named {
    pub(super) name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CallAsked {
    pub(super) call_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ConnectAsked {
    pub(super) integration: String,
    pub(super) reuse_if_connected: Option<bool>,
}

/// The tool that a preview or a call names, and the rest as the API's body has it.
pub(super) fn named_call(mut arguments: Map<String, Value>) -> Result<(String, Map<String, Value>), Failure> {
    let Some(Value::String(name)) = arguments.remove("name") else {
        let fault = FieldFault::missing("/name", "is required: the tool's name");
        return Err(Failure::new(ErrorCode::InvalidArguments, "`name` is missing.").faults(vec![fault]));
    };
    // Beside `name`, what is not one of the API's own fields would be taken for an argument if there were no
    // `arguments`: here they always are.
    arguments.entry("arguments").or_insert_with(|| Value::Object(Map::new()));
    Ok((name, arguments))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn what_is_not_named_or_of_another_type_is_refused_with_its_place() {
        assert!(read::<SearchAsked>(object(json!({"query": "x", "limit": 3}))).is_ok());
        let wrong = [
            (json!({"query": 7}), "/query"),
            (json!({"query": "x", "limit": "many"}), "/limit"),
            (json!({"query": "x", "other": 1}), "/other"),
            (json!({}), ""),
        ];
        for (arguments, pointer) in wrong {
            let failure = read::<SearchAsked>(object(arguments)).unwrap_err();
            assert_eq!(failure.faults[0].pointer, pointer);
        }
    }

    #[test]
    fn a_call_names_its_tool_and_has_arguments_of_its_own() {
        let (name, rest) = named_call(object(json!({"name": "a", "connectionId": 2}))).unwrap();
        assert_eq!((name.as_str(), Value::Object(rest)), ("a", json!({"connectionId": 2, "arguments": {}})));
        assert!(named_call(object(json!({"arguments": {}}))).is_err());
    }
}
