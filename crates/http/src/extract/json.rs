//! JSON bodies, read strictly: see `strict_json`.

use super::body;
use crate::rejection::Rejection;
use crate::state::Doors;
use crate::strict_json;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use keyferry_core::{ErrorCode, Failure, FieldFault};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// The object in a request's body. No body is an empty object: ClawLink's clients send none where all is optional.
#[derive(Debug)]
pub(crate) struct JsonBody(pub(crate) Map<String, Value>);

/// The same, read into a struct.
#[derive(Debug)]
pub(crate) struct StrictJson<T>(pub(crate) T);

impl FromRequest<Doors> for JsonBody {
    type Rejection = Rejection;

    async fn from_request(request: Request, doors: &Doors) -> Result<Self, Rejection> {
        must_be_json(request.headers())?;
        let body = body::read(request, doors).await?;
        Ok(Self(object(&body)?))
    }
}

impl<T: DeserializeOwned> FromRequest<Doors> for StrictJson<T> {
    type Rejection = Rejection;

    async fn from_request(request: Request, doors: &Doors) -> Result<Self, Rejection> {
        let JsonBody(object) = JsonBody::from_request(request, doors).await?;
        let read = read_as(
            object,
            "A field of the body has the wrong type.",
            "has another type than openapi.json says",
        );
        Ok(Self(read?))
    }
}

fn object(body: &[u8]) -> Result<Map<String, Value>, Failure> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Map::new());
    }
    match strict_json::parse(body) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(Failure::new(ErrorCode::InvalidArguments, "The body is JSON, but not an object.")),
        Err(error) => Err(Failure::new(
            ErrorCode::InvalidArguments,
            format!("The body can't be taken as JSON: {error}."),
        )),
    }
}

/// JSON by any name. A missing name is let pass, as users of `curl` forget it; a wrong one is not, so that a form of
/// a foreign page is never read as a request.
fn must_be_json(headers: &HeaderMap) -> Result<(), Failure> {
    let name = headers.get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap_or("unreadable"));
    let essence = name.map(|name| name.split(';').next().unwrap_or("").trim().to_ascii_lowercase());
    if essence.is_none_or(|name| name == "application/json" || name.ends_with("+json")) {
        return Ok(());
    }
    Err(Failure::new(ErrorCode::UnsupportedMediaType, "The body is not declared as JSON.")
        .hint("Send it with `Content-Type: application/json`."))
}

/// An object as a struct.
///
/// # Errors
/// `invalid_arguments` in these words, with where the object is not as the struct has it.
pub(crate) fn read_as<T: DeserializeOwned>(
    object: Map<String, Value>,
    message: &str,
    at_the_field: &str,
) -> Result<T, Failure> {
    serde_path_to_error::deserialize(Value::Object(object)).map_err(|error| {
        let pointer: String = error.path().iter().map(|segment| format!("/{segment}")).collect();
        // What is wrong with the whole has no place in it.
        let pointer = if pointer == "/." { String::new() } else { pointer };
        let fault = FieldFault::invalid(pointer, at_the_field);
        Failure::new(ErrorCode::InvalidArguments, message).faults(vec![fault])
    })
}
