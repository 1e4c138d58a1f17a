//! Whatever stands in an integration's files, reading them comes to an end, with a catalog or with a fault that names a
//! file.

use crate::folder::{API, INTEGRATION, load};
use proptest::prelude::*;

/// Copies, cuts and odd pieces put somewhere into a text.
#[derive(Debug, Clone)]
enum Edit {
    Cut(usize, usize),
    Copy(usize, usize, usize),
    Put(usize, String),
}

fn edit() -> impl Strategy<Value = Edit> {
    let piece = prop_oneof![
        "[ -~\\n]{0,12}",
        prop::sample::select(vec![
            "\n",
            "  ",
            ": ",
            "- ",
            "{",
            "}",
            "[",
            "]",
            "&a ",
            "*a ",
            "!!binary ",
            "? ",
            "|\n",
            ">-\n",
            "#",
            "\"",
            "'",
            "%",
            "---\n",
            "<<: ",
            "null",
            "0x7f",
            ".inf",
            "1e999",
            "\u{0}",
            "\u{feff}",
            "é",
            "$ref: ",
            "\"#/components/schemas/Event\"",
            "allOf: []",
            "items: {}",
            "x-keyferry: {}",
            "/**",
            "pattern: '(a+)+$'",
        ])
        .prop_map(str::to_owned),
    ];
    prop_oneof![
        (any::<usize>(), 0usize..60).prop_map(|(at, length)| Edit::Cut(at, length)),
        (any::<usize>(), 0usize..200, any::<usize>()).prop_map(|(at, length, to)| Edit::Copy(at, length, to)),
        (any::<usize>(), piece).prop_map(|(at, piece)| Edit::Put(at, piece)),
    ]
}

fn edited(text: &str, edits: &[Edit]) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    for edit in edits {
        let place = |at: usize| at % (letters.len() + 1);
        let end = |from: usize, length: usize| (from + length).min(letters.len());
        match edit {
            Edit::Cut(at, length) => {
                let from = place(*at);
                letters.drain(from..end(from, *length));
            }
            Edit::Copy(at, length, to) => {
                let (from, to) = (place(*at), place(*to));
                let copy = letters[from..end(from, *length)].to_vec();
                letters.splice(to..to, copy);
            }
            Edit::Put(at, piece) => {
                let at = place(*at);
                letters.splice(at..at, piece.chars());
            }
        }
    }
    letters.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_file_is_read_or_refused_with_its_name(
        integration in prop::collection::vec(edit(), 0..3),
        api in prop::collection::vec(edit(), 0..4),
    ) {
        if let Err(error) = load(&edited(INTEGRATION, &integration), &edited(API, &api)) {
            prop_assert!(!error.file.is_empty() && !error.problem.is_empty(), "{:?}", error);
        }
    }
}

/// Each line doubles the one before; written out it would fill any memory.
#[test]
fn aliases_that_multiply_are_refused() {
    let mut bomb = String::from("a0: &a0 [x, x]\n");
    for level in 1..40 {
        let below = level - 1;
        bomb += &format!("a{level}: &a{level} [*a{below}, *a{below}]\n");
    }
    for (integration, api) in
        [(bomb.clone() + INTEGRATION, API.to_owned()), (INTEGRATION.to_owned(), bomb + API)]
    {
        assert!(load(&integration, &api).is_err());
    }
}

#[test]
fn nesting_without_end_is_refused() {
    for deep in ["[".repeat(100_000), "{a: ".repeat(100_000), "- ".repeat(100_000)] {
        assert!(load(&deep, API).is_err());
        assert!(load(INTEGRATION, &deep).is_err());
    }
    let schema =
        format!("{}{{ type: object }}{}", "{ type: array, items: ".repeat(2_000), " }".repeat(2_000));
    let deep = API.replace("{ type: [string, \"null\"], maxLength: 5 }", &schema);
    assert_ne!(deep, API);
    assert!(load(INTEGRATION, &deep).is_err());
}
