//! The variable segment of a path. What can't be an id of the right kind names nothing that exists.

use super::refusal::Refusal;
use crate::extract::Segment;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use keyferry_core::SecretString;
use std::str::FromStr;

/// An id or a number.
#[derive(Debug)]
pub(super) struct Named<T>(pub(super) T);

impl<T: FromStr, S: Send + Sync> FromRequestParts<S> for Named<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let segment = Segment::from_request_parts(parts, state).await.map_err(|_| Refusal::not_found())?;
        segment.parse().map(Self).map_err(|_| Refusal::not_found())
    }
}

/// A one-time token. It stands in the path, and the log has the route's pattern instead.
#[derive(Debug)]
pub(super) struct PathToken(pub(super) SecretString);

impl<S: Send + Sync> FromRequestParts<S> for PathToken {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let Named(token) = Named::<String>::from_request_parts(parts, state).await?;
        Ok(Self(SecretString::from(token)))
    }
}

/// A number and a name beneath it.
#[derive(Debug)]
pub(super) struct NumberAndName(pub(super) i64, pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for NumberAndName {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        match Path::<(i64, String)>::from_request_parts(parts, state).await {
            Ok(Path((number, name))) if !name.contains('\0') => Ok(Self(number, name)),
            _ => Err(Refusal::not_found()),
        }
    }
}
