//! Every fault in the files names file, line, operation and what to do.

use crate::folder::{API, INTEGRATION, load};
use insta::assert_snapshot;
use keyferry_catalog::Catalog;
use std::path::PathBuf;

fn fault(integration: &str, api: &str) -> String {
    match load(integration, api) {
        Ok(_) => panic!("it loads"),
        Err(error) => error.to_string(),
    }
}

/// The fault after one change of the API's document.
fn with_api(from: &str, to: &str) -> String {
    assert!(API.contains(from), "the document has no `{from}`");
    fault(INTEGRATION, &API.replacen(from, to, 1))
}

fn with_integration(from: &str, to: &str) -> String {
    assert!(INTEGRATION.contains(from), "the file has no `{from}`");
    fault(&INTEGRATION.replacen(from, to, 1), API)
}

#[test]
fn broken_yaml() {
    let faults = [
        with_api("summary: All labels.", "summary: [All"),
        with_integration("name: Shop\n", "name: Shop\nname: Again\n"),
    ];
    assert_snapshot!(faults.join("\n"), @r#"
    DIR/shop/api.yaml:11: illegal placement of ':' indicator. To mend it: correct the YAML; nothing of the file was taken
    DIR/shop/integration.yaml:3: duplicate mapping key: name. To mend it: correct the YAML; nothing of the file was taken
    "#);
}

#[test]
fn an_unknown_key() {
    let faults = [
        with_api("safe_defaults: {", "safe_default: {"),
        with_integration("also_body:", "also_bodi:"),
        with_api("made: message_id", "made: something"),
    ];
    assert_snapshot!(faults.join("\n"), @r#"
    DIR/shop/api.yaml:18, operation listLabels: unknown field `safe_default`, expected one of `tool`, `title`, `impact`, `when_to_use`, `ask_before`, `safe_defaults`, `examples`, `prerequisites`, `follow_ups`, `synonyms`, `before`, `no_before`, `affected`, `no_affected`, `object`, `subjects`, `secret`, `secret_input`, `not_found_code`, `idempotent`, `if_unknown`, `pagination`, `limit`, `quota`, `timeout_ms`, `requires_feature`, `stability`, `also_at`. To mend it: correct `x-keyferry`; docs/INTEGRATIONS.md names what may stand there
    DIR/shop/integration.yaml:11: unknown field `also_bodi`, expected one of `label`, `help`, `also_body`, `fields`, `test`. To mend it: correct integration.yaml; docs/INTEGRATIONS.md names what may stand there
    DIR/shop/api.yaml:86, operation sendEvents: unknown variant `something`, expected `message_id` or `sent_at`. To mend it: correct `x-keyferry`; docs/INTEGRATIONS.md names what may stand there
    "#);
}

#[test]
fn another_path_that_is_none() {
    for path in ["labels", "/labels/", "/labels/{id}", "/a%2fb"] {
        let told = with_api("safe_defaults: {", &format!("also_at: ['{path}']\n        safe_defaults: {{"));
        assert!(told.contains("is no plain path") && told.contains("operation listLabels"), "{told}");
    }
}

#[test]
fn a_reference_that_leads_nowhere() {
    let faults = [
        with_api("#/components/schemas/Labels", "#/components/schemas/Label2"),
        with_api("#/components/schemas/Labels", "other.yaml#/components/schemas/Labels"),
        with_api("#/components/schemas/Person", "#/components/schemas/Event"),
    ];
    assert_snapshot!(faults.join("\n"), @r#"
    DIR/shop/api.yaml:15, operation listLabels: `$ref` `#/components/schemas/Label2` leads nowhere. To mend it: point to `#/components/…` or to `FILE#/components/…` of the same API
    DIR/shop/api.yaml:15, operation listLabels: `$ref` names `other.yaml`, which is not a file of this API. To mend it: point to `#/components/…` or to `FILE#/components/…` of the same API
    DIR/shop/api.yaml:89, operation sendEvents: this `$ref` leads back to itself. To mend it: break the circle
    "#);
}

#[test]
fn a_keyword_beside_a_reference() {
    let faults = [with_api(
        "schema: { $ref: \"#/components/schemas/Labels\" }",
        "schema: { $ref: \"#/components/schemas/Labels\", type: object }",
    )];
    assert_snapshot!(faults.join("\n"), @r#"
    DIR/shop/api.yaml:15, operation listLabels: `type` can't stand beside `$ref`. To mend it: move it into the target, or write `allOf: [{ $ref: … }]` and put it beside that
    "#);
}

/// The fault after `addLabels` has got a further mark.
fn with_mark(mark: &str) -> String {
    with_api("{ impact: write, object:", &format!("{{ impact: write, {mark}, object:"))
}

#[test]
fn a_read_of_an_item_and_a_quota_name_what_there_is() {
    let before = |pairs: &str| {
        format!("before: {{ tool: shop_list_labels, at: /labels, match: {pairs}, change: delete }}")
    };
    let faults = [
        with_mark(&before("{ kee: itemId }")),
        with_mark(&before("{ key: item }")),
        with_mark("quota: { at_most: 5, per: day, argument: item }"),
        with_mark(&format!("{}, no_before: Nothing.", before("{ key: itemId }"))),
    ];
    assert_snapshot!(faults.join("\n"), @r#"
    DIR/shop/api.yaml:40, operation addLabels: `/labels/*/kee` is no place of the answer of `shop_list_labels`. To mend it: correct the pointer, or add the place to the output schema
    DIR/shop/api.yaml:40, operation addLabels: `item` is no argument of `shop_add_labels`. To mend it: correct the name; `itemId` is one
    DIR/shop/api.yaml:40, operation addLabels: `item` is no argument of `shop_add_labels`. To mend it: correct the name; `itemId` is one
    DIR/shop/api.yaml:40, operation addLabels: `before` and `no_before` contradict each other. To mend it: keep one of them
    "#);
}

#[test]
fn names_that_do_not_exist() {
    let faults = [
        with_api("tool: shop_list_labels", "tool: shop_list_label"),
        with_api("arguments: [itemId]", "arguments: [item]"),
        with_api("items: /labels }", "items: /lables }"),
        with_integration("tool: shop_list_labels", "tool: shop_labels"),
        with_api(
            "impact: write\n",
            "impact: write\n        when_to_use: [\"Not for labels; use `shop_labels`.\"]\n",
        ),
    ];
    assert_snapshot!(faults.join("\n"), @r#"
    DIR/shop/api.yaml:40, operation addLabels: the tool `shop_list_label` does not exist. To mend it: correct the name; `shop_list_labels` exists
    DIR/shop/api.yaml:40, operation addLabels: `item` is no argument of `shop_add_labels`. To mend it: correct the name; `itemId` is one
    DIR/shop/api.yaml:17, operation listLabels: `/lables` is no place of the answer of `shop_list_labels`. To mend it: correct the pointer, or add the place to the output schema
    DIR/shop/integration.yaml:15: the tool `shop_labels` does not exist. To mend it: correct the name
    DIR/shop/api.yaml:61, operation sendEvents: the tool `shop_labels` does not exist. To mend it: correct the name; `shop_add_labels` exists
    "#);
}

#[test]
fn paths_and_parameters_that_differ() {
    let faults = [
        with_api("name: itemId, in: path", "name: item, in: path"),
        with_api("name: page.size, in: query", "name: page.size, in: header"),
        with_api("argument: cursor", "argument: limit"),
    ];
    assert_snapshot!(faults.join("\n"), @r#"
    DIR/shop/api.yaml:20, operation addLabels: the path's `{itemId}` is no parameter. To mend it: add it under `parameters`
    DIR/shop/api.yaml:8, operation listLabels: parameter `page.size` stands where it can't be rendered. To mend it: use path with style simple, or query with style form or deepObject, or `x-keyferry: { style: dots }`
    DIR/shop/api.yaml:8, operation listLabels: the argument `limit` stands twice. To mend it: rename one with `argument`
    "#);
}

#[test]
fn examples_and_defaults_that_would_be_refused() {
    let faults = [
        with_api("safe_defaults: { limit: 50 }", "safe_defaults: { limit: 0 }"),
        with_api(
            "impact: write, object",
            "impact: write, examples: [{ user: Label it., args: { itemId: a } }], object",
        ),
    ];
    assert_snapshot!(faults.join("\n"), @r#"
    DIR/shop/api.yaml:18, operation listLabels: the default of `limit` does not fit its schema. To mend it: correct the value
    DIR/shop/api.yaml:40, operation addLabels: an example would be refused (/labels is required). To mend it: correct the example or the schema
    "#);
}

#[test]
fn a_pattern_that_could_take_exponential_time() {
    let faults = [
        with_api(
            "schema: { type: string, minLength: 1, maxLength: 20 }",
            "schema: { type: string, pattern: '^(?=a)b' }",
        ),
        with_integration("'^[a-z]+$'", "'(a)\\1'"),
    ];
    assert_snapshot!(faults.join("\n"), @r#"
    DIR/shop/api.yaml:20, operation addLabels: the arguments' schema can't be used ("^(?=a)b" is not a "regex"). To mend it: correct it; patterns are without look-around and back-references
    DIR/shop/integration.yaml:9: the pattern of field `space` can't be used. To mend it: write a regular expression without look-around and back-references
    "#);
}

#[test]
fn operations_without_what_is_needed() {
    let faults = [
        with_api("      summary: All labels.\n", ""),
        with_api("      operationId: listLabels\n", ""),
        with_api("operationId: addLabels", "operationId: listLabels"),
    ];
    assert_snapshot!(faults.join("\n"), @r#"
    DIR/shop/api.yaml:8, operation listLabels: the operation has no summary. To mend it: say in one line what it does, for the one who chooses
    DIR/shop/api.yaml:8: get /labels has no operationId. To mend it: give it one; the tool's name comes from it
    DIR/shop/api.yaml:40, operation listLabels: the tool `shop_list_labels` is listLabels of DIR/shop/api.yaml already. To mend it: give one of them another name with `tool`
    "#);
}

#[test]
fn regions_slots_and_servers_that_differ() {
    let faults = [
        with_integration("{ us: United States }", "{ us: United States, eu: Europe }"),
        with_integration("  key:\n", "  other:\n"),
        with_api("https://shop.example", "http://shop.example"),
        with_integration("integration: shop", "integration: store"),
    ];
    assert_snapshot!(faults.join("\n"), @r#"
    DIR/shop/api.yaml:4: API `main` has no server in region `eu`. To mend it: add one, or remove the region from integration.yaml
    DIR/shop/integration.yaml:9: no API takes the secret of slot `other`. To mend it: name a security scheme of an API, or remove the slot
    DIR/shop/api.yaml:4: `http://shop.example` can't be a server. To mend it: write an absolute https URL without variables
    DIR/shop/integration.yaml:1: `integration: store` is not the folder's name, `shop`. To mend it: give both the same name, of lower-case letters, digits and `_`
    "#);
}

#[test]
fn a_folder_without_an_integration() {
    let empty = tempfile::tempdir().expect("a temporary folder");
    let faults = [empty.path().to_owned(), PathBuf::from("/no/such/folder")].map(|folder| {
        let Err(error) = Catalog::load(&[folder]) else { panic!("it loads") };
        error.to_string().replace(&empty.path().display().to_string(), "DIR")
    });
    assert_snapshot!(faults.join("\n"), @r#"
    DIR: no integration is in this folder. To mend it: name an integration's folder, with an integration.yaml in it, or the folder of such folders
    /no/such/folder: it can't be read (No such file or directory (os error 2)). To mend it: correct the path, or let the gateway's user read it
    "#);
}
