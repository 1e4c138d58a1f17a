//! Method and path of a proxied request against every operation of the built-in catalog.
#![no_main]

use http::Method;
use keyferry_catalog::{Catalog, unfit_for_path};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use std::sync::LazyLock;

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::embedded().expect("it is part of the program"));
const METHODS: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
const APIS: [&str; 3] = ["public_api", "tracking", "profiles"];

fuzz_target!(|given: (u8, &str)| {
    let (choice, rest) = given;
    let method = &METHODS[usize::from(choice % 5)];
    let api = APIS[usize::from(choice / 5 % 3)];
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let Some(recognized) = CATALOG.recognize("segment", api, method, path) else { return };
    for value in recognized.arguments.values().filter_map(Value::as_str) {
        assert!(unfit_for_path(value).is_none(), "{value:?}");
    }
    for (_, value) in &recognized.fields {
        assert!(unfit_for_path(value).is_none(), "{value:?}");
    }
    let mut arguments = recognized.arguments.clone();
    if recognized.tool.read_query(query, &mut arguments).is_ok() {
        let _ = recognized.tool.accept(Value::Object(arguments));
    }
});
