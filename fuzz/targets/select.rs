//! A pointer, and an answer that it points into.
#![no_main]

#[path = "../../crates/broker/src/select.rs"]
mod select;

use keyferry_catalog::{Catalog, Tool};
use libfuzzer_sys::fuzz_target;
use std::sync::{Arc, LazyLock};

static TOOL: LazyLock<Arc<Tool>> = LazyLock::new(|| {
    let catalog = Catalog::embedded().expect("it is part of the program");
    catalog.tool("segment_list_sources").expect("it has this tool")
});

fuzz_target!(|given: (&str, &[u8])| {
    let (pointer, answer) = given;
    let Ok(select) = select::Select::parse(pointer) else { return };
    let Ok(answer) = serde_json::from_slice(answer) else { return };
    let (part, _) = select.within_limits(&answer, &TOOL).expect("no fuzzer's answer is a megabyte");
    let _ = part.to_string();
});
