//! From one page of a list to the next.

use keyferry_catalog::{Pagination, PaginationStyle};
use serde_json::{Map, Value};

/// The arguments that read the page after `page`, or `None` when that was the last. `arguments` are those that read
/// `page`.
#[must_use]
pub fn next_page(
    paging: &Pagination,
    page: &Value,
    arguments: &Map<String, Value>,
) -> Option<Map<String, Value>> {
    let cursor = match paging.style {
        PaginationStyle::Cursor => {
            let found = paging.next.as_ref()?.find(page);
            let next = found.first()?.value;
            let ended = next.is_null() || next.as_str() == Some("");
            (!ended).then(|| next.clone())?
        }
        PaginationStyle::Page => {
            let items = paging.items.find(page).first()?.value.as_array()?.len();
            let current = arguments.get(&paging.cursor).and_then(page_number).unwrap_or(1);
            (items > 0).then(|| Value::from(current.saturating_add(1)))?
        }
    };
    // A cursor that does not move would be followed for ever.
    if arguments.get(&paging.cursor) == Some(&cursor) {
        return None;
    }
    let mut next = arguments.clone();
    next.insert(paging.cursor.clone(), cursor);
    Some(next)
}

fn page_number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}
