//! Paging: `limit`, `next`, and a cursor whose `url` names the upstream itself.

use super::asked::Asked;
use super::error::ApiError;
use axum::extract::Query;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};
use url::form_urlencoded;

pub(super) type QueryMap = Query<BTreeMap<String, String>>;

/// Largest `limit`; Segment's documents say 100 in one place and 200 in another.
const MOST: usize = 200;
const DEFAULT: usize = 10;

#[derive(Debug, Serialize)]
pub(super) struct Cursor {
    url: String,
    has_more: bool,
    next: String,
    limit: usize,
}

pub(super) fn page<T>(asked: &Asked, query: &QueryMap, all: Vec<T>) -> Result<(Vec<T>, Cursor), ApiError> {
    let limit = limit(query, DEFAULT)?;
    let start = match given(query, "next") {
        None => 0,
        Some(next) => {
            offset(next).ok_or_else(|| ApiError::validation("next is not a cursor of this list"))?
        }
    };
    let end = start.saturating_add(limit);
    let has_more = end < all.len();
    let next = if has_more { BASE64_URL_SAFE_NO_PAD.encode(format!("after {end}")) } else { String::new() };
    let url = if has_more { following(asked, query, &next) } else { String::new() };
    Ok((all.into_iter().skip(start).take(limit).collect(), Cursor { url, has_more, next, limit }))
}

pub(super) fn limit(query: &QueryMap, default: usize) -> Result<usize, ApiError> {
    match given(query, "limit").map(str::parse) {
        None => Ok(default),
        Some(Ok(limit)) if (1..=MOST).contains(&limit) => Ok(limit),
        Some(_) => Err(ApiError::validation(format!("limit must be a number from 1 to {MOST}"))),
    }
}

pub(super) fn given<'a>(Query(query): &'a QueryMap, name: &str) -> Option<&'a str> {
    query.get(name).map(String::as_str).filter(|value| !value.is_empty())
}

/// A list of names, separated by commas.
pub(super) fn names<'a>(query: &'a QueryMap, name: &str) -> Option<HashSet<&'a str>> {
    given(query, name).map(|names| names.split(',').map(str::trim).collect())
}

pub(super) fn flag(query: &QueryMap, name: &str) -> Result<bool, ApiError> {
    match given(query, name) {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(ApiError::validation(format!("{name} must be true or false"))),
    }
}

fn offset(next: &str) -> Option<usize> {
    String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(next).ok()?).ok()?.strip_prefix("after ")?.parse().ok()
}

fn following(asked: &Asked, Query(query): &QueryMap, next: &str) -> String {
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    pairs.extend_pairs(query.iter().filter(|(name, _)| *name != "next"));
    pairs.append_pair("next", next);
    format!("{}?{}", asked.path, pairs.finish())
}
