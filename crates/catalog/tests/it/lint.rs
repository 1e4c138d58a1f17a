//! A folder is told all its faults at once, and what an agent would miss.

use crate::folder::{API, INTEGRATION, write};
use keyferry_catalog::{Catalog, Lint};

fn lint(api: &str) -> Lint {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write(folder.path(), "shop", INTEGRATION, api);
    Catalog::lint(folder.path())
}

#[test]
fn every_fault_is_named() {
    let one_each = API
        .replacen("tool: shop_list_labels, at: /labels } }", "tool: shop_list_label, at: /labels } }", 1)
        .replacen("items: /labels }", "items: /lables }", 1);
    let told: Vec<String> = lint(&one_each).faults.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 2, "{told:#?}");
    assert!(told[0].contains("`/lables` is no place of the answer"), "{told:#?}");
    assert!(told[1].contains("the tool `shop_list_label` does not exist"), "{told:#?}");
    let unread = API.replace("summary:", "sumary:");
    let told = lint(&unread).faults;
    assert!(told.len() >= 3 && told.iter().all(|fault| fault.problem.contains("no summary")), "{told:#?}");
}

#[test]
fn what_loads_is_told_what_an_agent_would_miss() {
    let Lint { tools, faults, advice } = lint(API);
    assert!(tools > 0 && faults.is_empty(), "{faults:#?}");
    let of_labels: Vec<&String> = advice.iter().filter(|line| line.starts_with("shop_add_labels:")).collect();
    assert!(of_labels.iter().any(|line| line.contains("`ask_before`")), "{of_labels:#?}");
    assert!(of_labels.iter().any(|line| line.contains("`no_before`")), "{of_labels:#?}");
}

#[test]
fn segment_leaves_nothing_to_say() {
    let segment = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/integrations/segment");
    let Lint { tools, faults, advice } = Catalog::lint(&segment);
    assert!(tools > 201 && faults.is_empty() && advice.is_empty(), "{faults:#?} {advice:#?}");
}

#[test]
fn a_folder_that_holds_none_is_a_fault() {
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(Catalog::lint(empty.path()).faults[0].problem, "no integration is in this folder");
}
