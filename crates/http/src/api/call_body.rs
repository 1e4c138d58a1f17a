//! The body of a preview or a call, as our clients and ClawLink's send it.
//!
//! Ours is `{arguments, connectionId?, confirmed?, idempotencyKey?, select?}`. When `arguments` is absent, every
//! other field is an argument: so ClawLink's raw bodies are read. `connectionId` may be a number in a text.

use keyferry_broker::CallRequest;
use keyferry_core::{ErrorCode, Failure, FieldFault, RequestId};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// What stands around the arguments.
const CONTROLS: [&str; 5] = ["connectionId", "confirmed", "idempotencyKey", "select", "files"];

/// For openapi.json: the body as our clients send it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "it describes the body; `CallBody` reads it")]
pub(crate) struct CallBodySchema {
    /// The tool's arguments, as its `inputSchema` has them. When absent, all other fields are the arguments.
    #[schema(value_type = Option<Object>)]
    arguments: Option<Map<String, Value>>,
    /// The connection's number; the default connection when absent. A text that holds a number is taken too.
    connection_id: Option<i64>,
    /// Taken because clients send it; it proves nothing and changes nothing.
    confirmed: Option<bool>,
    /// 1 to 128 characters: the same call with the same key is done once.
    #[schema(max_length = 128)]
    idempotency_key: Option<String>,
    /// The part of the answer that is wanted, as a JSON pointer with `*`.
    select: Option<String>,
}

/// Reads the body. Everything that is wrong with it is told at once.
pub(crate) fn read(mut body: Map<String, Value>, request: &RequestId) -> Result<CallRequest, Failure> {
    let mut faults = Vec::new();
    let arguments = body.remove("arguments");
    let mut control = |name: &str| body.remove(name).filter(|value| !value.is_null());
    let [connection, confirmed, idempotency_key, select, files] = CONTROLS.map(&mut control);

    let call = CallRequest {
        connection: read_with(&mut faults, "connectionId", connection, connection_number, "is not a number"),
        confirmed: read_with(
            &mut faults,
            "confirmed",
            confirmed,
            |v| v.as_bool(),
            "is neither true nor false",
        ),
        idempotency_key: read_with(&mut faults, "idempotencyKey", idempotency_key, text, "is not a text"),
        select: read_with(&mut faults, "select", select, text, "is not a text"),
        request_id: Some(request.to_string()),
        arguments: match arguments {
            None | Some(Value::Null) => Value::Object(std::mem::take(&mut body)),
            Some(given) => given,
        },
    };
    if !call.arguments.is_object() {
        faults.push(FieldFault::invalid("/arguments", "is not an object"));
    }
    if files.is_some_and(|files| files.as_array().is_none_or(|files| !files.is_empty())) {
        faults.push(FieldFault::invalid("/files", "no tool takes files"));
    }
    faults.extend(body.keys().map(|name| {
        FieldFault::invalid(
            format!("/{name}"),
            "stands beside `arguments`; put it inside, if it is an argument",
        )
    }));
    if faults.is_empty() {
        return Ok(call);
    }
    Err(Failure::new(ErrorCode::InvalidArguments, "The body around the arguments is wrong.").faults(faults))
}

fn read_with<T>(
    faults: &mut Vec<FieldFault>,
    name: &str,
    given: Option<Value>,
    read: impl FnOnce(&Value) -> Option<T>,
    wrong: &str,
) -> Option<T> {
    let given = given?;
    let value = read(&given);
    if value.is_none() {
        faults.push(FieldFault::invalid(format!("/{name}"), wrong));
    }
    value
}

fn connection_number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn reading(body: Value) -> Result<CallRequest, Vec<String>> {
        let Value::Object(body) = body else { unreachable!("a test's body is an object") };
        read(body, &RequestId::new())
            .map_err(|failure| failure.faults.into_iter().map(|fault| fault.pointer).collect())
    }

    #[test]
    fn our_own_shape() {
        let call = reading(json!({
            "arguments": {"sourceId": "s"}, "connectionId": 2, "confirmed": true,
            "idempotencyKey": "k", "select": "/data", "files": []
        }))
        .unwrap();
        assert_eq!(call.arguments, json!({"sourceId": "s"}));
        assert_eq!((call.connection, call.confirmed), (Some(2), Some(true)));
        assert_eq!((call.idempotency_key.as_deref(), call.select.as_deref()), (Some("k"), Some("/data")));
    }

    #[test]
    fn without_arguments_all_other_fields_are_the_arguments() {
        let call = reading(json!({"sourceId": "s", "connectionId": "3", "confirmed": false})).unwrap();
        assert_eq!(call.arguments, json!({"sourceId": "s"}));
        assert_eq!((call.connection, call.confirmed), (Some(3), Some(false)));
        assert_eq!(reading(json!({})).unwrap().arguments, json!({}));
        assert_eq!(reading(json!({"arguments": null, "a": 1})).unwrap().arguments, json!({"a": 1}));
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let faults = reading(json!({
            "arguments": [], "connectionId": "first", "confirmed": "yes", "idempotencyKey": 7, "select": {},
            "files": [{}], "sourceId": "s"
        }))
        .unwrap_err();
        let expected = [
            "/connectionId",
            "/confirmed",
            "/idempotencyKey",
            "/select",
            "/arguments",
            "/files",
            "/sourceId",
        ];
        assert_eq!(faults, expected);
    }
}
