//! Which profile a path names: `/collections/{users|accounts}/profiles/{type}:{value}`.
//!
//! Read from the raw path, since it matters how it was escaped: Segment answers 500 to a special character that should
//! have been, and reads a bare `+` as a space.

use super::error::ApiError;
use crate::state::{Collection, People, Profile, Region};
use axum::extract::FromRequestParts;
use http::request::Parts;
use percent_encoding::percent_decode_str;
use std::sync::Arc;

#[derive(Debug)]
pub(super) struct Asked {
    collection: Collection,
    kind: String,
    id: String,
    /// The path as it came, for `cursor.url`.
    pub(super) path: String,
}

impl Asked {
    pub(super) fn of<'a>(&self, people: &'a People) -> Result<&'a Profile, ApiError> {
        people
            .find(self.collection, &self.kind, &self.id)
            .ok_or_else(|| ApiError::not_found(&format!("The profile {}:{}", self.kind, self.id)))
    }

    fn read(path: &str) -> Result<Self, ApiError> {
        let segments: Vec<&str> = path.split('/').collect();
        let [_, _, _, _, _, collection, _, identifier, _] = segments[..] else {
            return Err(ApiError::not_found(path));
        };
        let collection = Collection::named(collection)
            .ok_or_else(|| ApiError::not_found(&format!("The collection {collection}")))?;
        let (kind, id) = split(identifier).ok_or_else(|| {
            ApiError::validation("A profile is named by the type and the value of an external id")
        })?;
        Ok(Self { collection, kind: decoded(kind)?, id: decoded(id)?, path: path.to_owned() })
    }
}

impl FromRequestParts<Arc<Region>> for Asked {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Region>) -> Result<Self, ApiError> {
        Self::read(parts.uri.path())
    }
}

/// At the first colon, escaped or not.
fn split(identifier: &str) -> Option<(&str, &str)> {
    let colon = identifier.find(':').map(|at| (at, 1));
    let escaped = identifier.to_ascii_lowercase().find("%3a").map(|at| (at, 3));
    let (at, length) = colon.into_iter().chain(escaped).min()?;
    let (kind, id) = (&identifier[..at], &identifier[at + length..]);
    (!kind.is_empty() && !id.is_empty()).then_some((kind, id))
}

fn decoded(escaped: &str) -> Result<String, ApiError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%+".contains(&byte);
    if !escaped.bytes().all(plain) {
        return Err(ApiError::unescaped());
    }
    let spaced = escaped.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().map(String::from).map_err(|_| ApiError::unescaped())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(identifier: &str) -> Option<(String, String)> {
        let asked =
            Asked::read(&format!("/v1/spaces/s/collections/users/profiles/{identifier}/traits")).ok()?;
        Some((asked.kind, asked.id))
    }

    #[test]
    fn an_identifier_is_read_as_it_was_escaped() {
        let pair = |kind: &str, id: &str| Some((kind.to_owned(), id.to_owned()));
        assert_eq!(read("user_id:u-1"), pair("user_id", "u-1"));
        assert_eq!(read("user_id%3Au%3A1"), pair("user_id", "u:1"));
        assert_eq!(read("email:ada%2Bnews%40acme.example"), pair("email", "ada+news@acme.example"));
        assert_eq!(read("email:ada+news%40acme.example"), pair("email", "ada news@acme.example"));
        assert_eq!(read("email:ada@acme.example"), None, "an unescaped special character");
        assert_eq!(read("user_id:"), None);
        assert_eq!(read("u-1"), None);
    }
}
