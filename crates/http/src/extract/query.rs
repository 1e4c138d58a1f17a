//! The query of a request. No token is ever taken from one.

use crate::rejection::Rejection;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use keyferry_core::{ErrorCode, Failure, FieldFault, Timestamp};
use serde::de::DeserializeOwned;

/// A query read into a struct of optional texts; what the struct doesn't name is passed over, as older clients send
/// parameters that newer servers dropped.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        let holds_nul = parts.uri.query().is_some_and(|query| query.contains("%00"));
        match axum::extract::Query::<T>::try_from_uri(&parts.uri) {
            Ok(axum::extract::Query(query)) if !holds_nul => Ok(Self(query)),
            _ => Err(Failure::new(
                ErrorCode::InvalidArguments,
                "The query can't be read: a parameter stands twice, or holds what is no text.",
            )
            .into()),
        }
    }
}

/// A parameter that is a number; an empty one is absent.
pub(crate) fn number<N: std::str::FromStr>(name: &str, given: Option<&str>) -> Result<Option<N>, Failure> {
    parsed(name, given, "is not a number in range", |text| text.parse().ok())
}

/// A parameter that is `true` or `false`, or `1` or `0`, in any case; an empty one is absent.
pub(crate) fn flag(name: &str, given: Option<&str>) -> Result<Option<bool>, Failure> {
    parsed(name, given, "is neither true nor false", |text| match text.to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    })
}

/// A parameter that is an instant, as RFC 3339 has it.
pub(crate) fn instant(name: &str, given: Option<&str>) -> Result<Option<Timestamp>, Failure> {
    parsed(name, given, "is not an instant such as 2026-01-31T12:00:00Z", |text| {
        text.parse::<jiff::Timestamp>().ok().map(|instant| Timestamp(instant.as_microsecond()))
    })
}

/// A parameter that is one of a few words, or an id.
pub(crate) fn word<T: std::str::FromStr>(name: &str, given: Option<&str>) -> Result<Option<T>, Failure> {
    parsed(name, given, "is not one of those that openapi.json names", |text| text.parse().ok())
}

fn parsed<T>(
    name: &str,
    given: Option<&str>,
    wrong: &str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, Failure> {
    let Some(text) = given.filter(|text| !text.is_empty()) else { return Ok(None) };
    let fault = || FieldFault::invalid(format!("/{name}"), wrong);
    parse(text).map(Some).ok_or_else(|| {
        Failure::new(ErrorCode::InvalidArguments, "A parameter of the query is wrong.").faults(vec![fault()])
    })
}
