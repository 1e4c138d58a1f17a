//! The injected secret is found in every spelling and however the stream is cut, and nothing else is touched.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use keyferry_upstream::{MASK, Needles, Scrubber};
use proptest::prelude::*;
use serde_json::{Value, json};

/// What a secret of an API looks like, the characters included that encodings treat specially.
const SECRET: &str = "[a-zA-Z0-9_+/=.~\"<&%-]{12,60}";

fn whole(needles: &Needles, bytes: &[u8]) -> Vec<u8> {
    let mut scrubber = Scrubber::new(needles);
    let mut clean = scrubber.push(bytes);
    clean.extend(scrubber.finish());
    clean
}

fn in_pieces(needles: &Needles, bytes: &[u8], cuts: &[usize]) -> Vec<u8> {
    let mut cuts: Vec<usize> =
        cuts.iter().map(|cut| cut % (bytes.len() + 1)).chain([0, bytes.len()]).collect();
    cuts.sort_unstable();
    let mut scrubber = Scrubber::new(needles);
    let mut clean: Vec<u8> =
        cuts.windows(2).flat_map(|ends| scrubber.push(&bytes[ends[0]..ends[1]])).collect();
    clean.extend(scrubber.finish());
    clean
}

fn percent_encoded(secret: &str, escape: impl Fn(u8) -> String) -> String {
    secret
        .bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { escape(byte) })
        .collect()
}

fn spellings(secret: &str, before: &str, after: &str) -> Vec<String> {
    vec![
        secret.to_owned(),
        json!(secret).to_string(),
        percent_encoded(secret, |byte| format!("%{byte:02X}")),
        percent_encoded(secret, |byte| format!("%{byte:02x}")),
        hex::encode(secret),
        hex::encode_upper(secret),
        STANDARD.encode(format!("{before}{secret}{after}")),
        URL_SAFE_NO_PAD.encode(format!("{before}{secret}{after}")),
    ]
}

/// A text as JSON may write it between quotes: each character as `how` says, in turn, where JSON allows it.
fn escaped(text: &str, how: &[u8]) -> String {
    let ways = how.iter().cycle();
    text.chars().zip(ways).map(|(character, way)| escaped_character(character, *way)).collect()
}

fn escaped_character(character: char, way: u8) -> String {
    let units = |digits: fn(u16) -> String| {
        character.encode_utf16(&mut [0; 2]).iter().map(|unit| digits(*unit)).collect::<String>()
    };
    match (way, character) {
        (0, _) => units(|unit| format!("\\u{unit:04x}")),
        (1, _) => units(|unit| format!("\\u{unit:04X}")),
        (_, '"' | '\\') | (2, '/') => format!("\\{character}"),
        _ => character.to_string(),
    }
}

/// The text that base64 hides, at whichever of the offsets it can be read.
fn decodes_to_it(clean: &[u8], secret: &str) -> bool {
    let text = String::from_utf8_lossy(clean);
    let alphabet = |c: char| c.is_ascii_alphanumeric() || "+/-_".contains(c);
    text.split(|c: char| !alphabet(c)).any(|run| {
        let run = run.replace('-', "+").replace('_', "/");
        let whole = &run[..run.len() - run.len() % 4];
        STANDARD.decode(whole).is_ok_and(|plain| String::from_utf8_lossy(&plain).contains(secret))
    })
}

proptest! {
    #[test]
    fn a_cut_changes_nothing(
        secret in SECRET,
        pieces in prop::collection::vec((0usize..8, "[ -~é]{0,12}", "[a-z]{0,4}"), 0..6),
        cuts in prop::collection::vec(any::<usize>(), 0..12),
    ) {
        let needles = Needles::of([secret.as_str()]);
        let stream: String = pieces
            .iter()
            .map(|(spelling, noise, before)| format!("{noise}{}", spellings(&secret, before, noise)[*spelling]))
            .collect();
        let once = whole(&needles, stream.as_bytes());
        prop_assert_eq!(&in_pieces(&needles, stream.as_bytes(), &cuts), &once);
        let by_byte: Vec<usize> = (0..stream.len()).collect();
        prop_assert_eq!(&in_pieces(&needles, stream.as_bytes(), &by_byte), &once);
    }

    #[test]
    fn no_spelling_survives(secret in SECRET, before in "[a-z:]{0,7}", after in "[a-z:]{0,7}") {
        let needles = Needles::of([secret.as_str()]);
        for spelled in spellings(&secret, &before, &after) {
            let answer = format!("x {spelled} y");
            let clean = whole(&needles, answer.as_bytes());
            prop_assert!(!needles.found_in(&clean), "{}", answer);
            prop_assert!(!decodes_to_it(&clean, &secret), "{}", answer);
            let shown = String::from_utf8(clean).expect("text stays text");
            prop_assert!(shown.contains(MASK), "{}", answer);
            prop_assert!(shown.starts_with("x ") && shown.ends_with(" y"), "{}", shown);
        }
    }

    #[test]
    fn no_escaping_survives_however_the_stream_is_cut(
        secret in "[a-zA-Z0-9+/='\"<&%é😀\\\\_-]{8,40}",
        spelling in prop::sample::select(vec![0usize, 2, 3, 4, 5, 6, 7]),
        (before, after) in ("[a-z:]{0,7}", "[a-z:]{0,7}"),
        how in prop::collection::vec(0u8..4, 1..40),
        cuts in prop::collection::vec(any::<usize>(), 0..12),
    ) {
        let needles = Needles::of([secret.as_str()]);
        let spelled = escaped(&spellings(&secret, &before, &after)[spelling], &how);
        let answer = format!("{{\"a\\n\":\"{before}{spelled}{after}\"}}");
        let clean = in_pieces(&needles, answer.as_bytes(), &cuts);
        prop_assert_eq!(&clean, &whole(&needles, answer.as_bytes()));
        let shown: Value = serde_json::from_slice(&clean).expect("JSON stays JSON");
        let text = shown["a\n"].as_str().expect("the name stays");
        prop_assert!(text.contains(MASK) && !text.contains(&secret), "{} of {}", text, answer);
        prop_assert!(text.starts_with(&before) && text.ends_with(&after), "{} of {}", text, answer);
        prop_assert!(!decodes_to_it(text.as_bytes(), &secret), "{} of {}", text, answer);
    }

    #[test]
    fn no_spelling_survives_anywhere_in_json_and_the_rest_stays(
        secret in SECRET,
        document in tree(),
        places in prop::collection::vec((any::<u16>(), 0usize..8, "[a-z:]{0,7}", "[ -~é]{0,9}"), 1..5),
    ) {
        let needles = Needles::of([secret.as_str()]);
        prop_assume!(!needles.found_in(document.to_string().as_bytes()));
        let mut untouched = document.clone();
        needles.scrub_json(&mut untouched);
        prop_assert_eq!(&untouched, &document);

        let mut planted = json!({"first": document, "last": []});
        for (place, spelling, before, after) in &places {
            let spelled = &spellings(&secret, before, after)[*spelling];
            plant(&mut planted, usize::from(*place), &format!("{after}{spelled}{before}"));
        }
        needles.scrub_json(&mut planted);
        let shown = planted.to_string();
        prop_assert!(!needles.found_in(shown.as_bytes()), "{}", shown);
        for (_, spelling, before, after) in &places {
            let spelled = &spellings(&secret, before, after)[*spelling];
            prop_assert!(!shown.contains(spelled.trim_end_matches('=')), "{}", shown);
        }
        prop_assert!(!decodes_to_it(shown.as_bytes(), &secret), "{}", shown);
    }

    #[test]
    fn what_holds_no_secret_passes_as_it_is(bytes in prop::collection::vec(any::<u8>(), 0..300), cuts in prop::collection::vec(any::<usize>(), 0..9)) {
        let needles = Needles::of(["sgp_Zk3vQ9xTzz0Rk7mWb1Lc"]);
        prop_assert_eq!(in_pieces(&needles, &bytes, &cuts), bytes);
    }

    #[test]
    fn overlapping_secrets_leave_no_remainder(text in "[ab]{0,40}", cuts in prop::collection::vec(any::<usize>(), 0..9)) {
        let needles = Needles::of(["abaab", "aba"]);
        let clean = in_pieces(&needles, text.as_bytes(), &cuts);
        prop_assert_eq!(&clean, &masked_by_definition(&text, &["abaab", "aba"]).into_bytes());
    }
}

fn tree() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[ -~é]{0,16}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[ -~]{1,8}", inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Puts a text somewhere: as an item, as a field, as a name, in the place of a leaf.
fn plant(value: &mut Value, place: usize, text: &str) {
    match value {
        Value::Array(items) if items.is_empty() || place.is_multiple_of(3) => items.push(json!(text)),
        Value::Array(items) => {
            let at = place % items.len();
            plant(&mut items[at], place / 3, text);
        }
        Value::Object(fields) if fields.is_empty() || place.is_multiple_of(4) => {
            fields.insert(text.to_owned(), json!(place));
        }
        Value::Object(fields) => {
            let at = place % fields.len();
            plant(fields.values_mut().nth(at).expect("there are as many"), place / 4, text);
        }
        leaf => *leaf = json!(text),
    }
}

/// Slow and plain: every byte that any occurrence covers is masked; occurrences that overlap share a mask.
fn masked_by_definition(text: &str, needles: &[&str]) -> String {
    let mut spans: Vec<(usize, usize)> = Vec::new();
    for start in 0..text.len() {
        for needle in needles.iter().filter(|needle| text[start..].starts_with(**needle)) {
            let end = start + needle.len();
            match spans.last_mut() {
                Some((_, last)) if start < *last => *last = end.max(*last),
                _ => spans.push((start, end)),
            }
        }
    }
    let mut out = String::new();
    let mut at = 0;
    for (start, end) in spans {
        out.push_str(&text[at..start]);
        out.push_str(MASK);
        at = end;
    }
    out + &text[at..]
}

#[test]
fn nothing_is_held_back_that_is_certain() {
    let needles = Needles::of(["0123456789"]);
    let mut scrubber = Scrubber::new(&needles);
    let held = needles.longest() - 1;
    let first = scrubber.push(&vec![b'x'; held + 5]);
    assert_eq!(first, b"xxxxx");
    assert_eq!(scrubber.finish().len(), held);
}

#[test]
fn what_encoders_of_json_make_of_a_key_is_masked() {
    let needles = Needles::of(["k+'<9a/Zb=="]);
    for written in [
        r"k\u002B\u0027\u003C9a/Zb==",
        r"k+\u0027\u003c9a/Zb\u003d\u003d",
        r"k+'\u003C9a\/Zb==",
        r"\u006b\u002b\u0027\u003c\u0039\u0061\u002f\u005a\u0062\u003d\u003d",
        // A JSON text within one.
        r"k\\u002B\\u0027\\u003C9a\\/Zb==",
    ] {
        let answer = format!(r#"{{"was":"Bearer {written}, \u0439"}}"#);
        let clean = whole(&needles, answer.as_bytes());
        assert_eq!(String::from_utf8(clean).unwrap(), r#"{"was":"Bearer ***, \u0439"}"#, "{written}");
    }
}

#[test]
fn only_what_a_backslash_could_hide_is_held_back() {
    let needles = Needles::of(["0123456789"]);
    let (held, far) = (needles.longest() - 1, vec![b'x'; 20 * needles.longest()]);
    let mut scrubber = Scrubber::new(&needles);
    let mut told = 0;
    for piece in [b"\\n".as_slice(), &far, b"\\n", &far] {
        told += scrubber.push(piece).len();
    }
    assert_eq!(told, 2 * (2 + far.len()) - held);
    assert_eq!(scrubber.finish().len(), held);
}

#[test]
fn json_is_scrubbed_in_texts_names_and_numbers() {
    let needles = Needles::of(["secret-key-123", "98765432109876"]);
    let mut body = json!({
        "a": ["keep", "x secret-key-123 y"],
        "secret-key-123": {"n": 98_765_432_109_876_i64, "m": 12},
    });
    needles.scrub_json(&mut body);
    assert_eq!(body, json!({"a": ["keep", "x *** y"], "***": {"n": "***", "m": 12}}));
}
