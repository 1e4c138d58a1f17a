//! `pagination.count` and `pagination.cursor`, as documented; Segment's own SDKs write brackets, which are taken too.
//! A cursor is the base64 of an offset (`MA==` is the first page's), which callers have no business to know.

use super::error::ApiError;
use axum::extract::Query;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;
use std::collections::HashMap;

pub(super) type QueryMap = Query<HashMap<String, String>>;

const DEFAULT_COUNT: usize = 200;
const MOST: usize = 1_000;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Pagination {
    current: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous: Option<String>,
    total_entries: usize,
}

/// The page that the query asks for.
pub(super) fn page<T: Clone>(query: &QueryMap, all: &[T]) -> Result<(Vec<T>, Pagination), ApiError> {
    let (count, start) = asked(query)?;
    let end = start.saturating_add(count).min(all.len());
    let pagination = Pagination {
        current: cursor(start),
        next: (end < all.len()).then(|| cursor(end)),
        previous: (start > 0).then(|| cursor(start.saturating_sub(count))),
        total_entries: all.len(),
    };
    Ok((all.get(start..end).unwrap_or_default().to_vec(), pagination))
}

fn asked(query: &QueryMap) -> Result<(usize, usize), ApiError> {
    let mut faults = Vec::new();
    let count = match value(query, "count").map(str::parse) {
        None => DEFAULT_COUNT,
        Some(Ok(count)) if (1..=MOST).contains(&count) => count,
        Some(_) => {
            faults.push(("pagination.count".to_owned(), format!("must be a number from 1 to {MOST}")));
            DEFAULT_COUNT
        }
    };
    let start = value(query, "cursor").map_or(Some(0), offset);
    if start.is_none() {
        faults.push(("pagination.cursor".to_owned(), "is not a cursor of this list".to_owned()));
    }
    match start {
        Some(start) if faults.is_empty() => Ok((count, start)),
        _ => Err(ApiError::input(faults)),
    }
}

fn value<'a>(query: &'a QueryMap, name: &str) -> Option<&'a str> {
    let Query(query) = query;
    [format!("pagination.{name}"), format!("pagination[{name}]")]
        .iter()
        .find_map(|spelling| query.get(spelling))
        .map(String::as_str)
}

fn cursor(offset: usize) -> String {
    BASE64_STANDARD.encode(offset.to_string())
}

fn offset(cursor: &str) -> Option<usize> {
    String::from_utf8(BASE64_STANDARD.decode(cursor).ok()?).ok()?.parse().ok()
}
