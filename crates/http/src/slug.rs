//! An integration's name, however it is written.

use crate::extract::Segment;
use crate::rejection::Rejection;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Deref;

/// In small letters, without blanks around it. It may name nothing that exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String")]
pub(crate) struct Slug(String);

impl From<String> for Slug {
    fn from(written: String) -> Self {
        Self(written.trim().to_ascii_lowercase())
    }
}

impl Deref for Slug {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The only variable segment of a path.
impl<S: Send + Sync> FromRequestParts<S> for Slug {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        Segment::from_request_parts(parts, state).await.map(|Segment(written)| written.into())
    }
}
