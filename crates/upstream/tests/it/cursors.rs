//! Whatever a page says, the next one is another, or there is none.

use keyferry_catalog::{Pagination, PaginationStyle, Pattern};
use keyferry_upstream::next_page;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn paging(style: PaginationStyle) -> Pagination {
    let at = |text: &str| Pattern::parse(text).expect("a pattern");
    Pagination {
        style,
        limit: "limit".into(),
        cursor: "cursor".into(),
        next: Some(at("/next")),
        items: at("/items"),
        total: None,
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        Just(json!(u64::MAX.to_string())),
        ".{0,20}".prop_map(Value::from),
        prop::collection::vec(any::<u8>(), 0..3).prop_map(Value::from),
        Just(json!({"a": 1})),
    ]
}

proptest! {
    #[test]
    fn a_cursor_moves_or_ends(
        next in any_value(),
        items in any_value(),
        cursor in any_value(),
        by_page in any::<bool>(),
    ) {
        let style = if by_page { PaginationStyle::Page } else { PaginationStyle::Cursor };
        let arguments: Map<String, Value> = [("cursor".to_owned(), cursor.clone())].into_iter().collect();
        if let Some(then) = next_page(&paging(style), &json!({"next": next, "items": items}), &arguments) {
            prop_assert_ne!(&then["cursor"], &cursor);
            prop_assert_eq!(then.len(), 1);
        }
        prop_assert!(next_page(&paging(style), &next, &arguments).is_none());
    }
}
