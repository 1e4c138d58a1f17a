//! The variable segments of a path.

use crate::rejection::Rejection;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use keyferry_core::{ErrorCode, Failure};

/// A segment as text. What can't be one (bad percent-encoding, U+0000) names nothing that exists.
#[derive(Debug)]
pub(crate) struct Segment(pub(crate) String);

impl Segment {
    /// The segment as an id or a number; a text of another form names nothing that exists either.
    pub(crate) fn parse<T: std::str::FromStr>(&self) -> Result<T, Failure> {
        self.0.parse().map_err(|_| nothing())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Segment {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(text)) if !text.contains('\0') => Ok(Self(text)),
            _ => Err(nothing().into()),
        }
    }
}

/// Two segments, alike.
#[derive(Debug)]
pub(crate) struct Segments(pub(crate) String, pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Segments {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        match Path::<(String, String)>::from_request_parts(parts, state).await {
            Ok(Path((one, other))) if !one.contains('\0') && !other.contains('\0') => Ok(Self(one, other)),
            _ => Err(nothing().into()),
        }
    }
}

fn nothing() -> Failure {
    Failure::new(ErrorCode::NotFound, "There is nothing of this name.")
}
