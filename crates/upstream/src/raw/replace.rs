//! Puts another value where a key stands in a JSON text, and leaves every other byte as it is.

use super::literal;
use super::scan::{Container, Kind, Token, tokens};
use crate::inject::is_same_name;
use crate::needles::MASK;
use std::ops::Range;
use zeroize::Zeroizing;

pub(super) fn with(text: &str, field: &str, secret: &str) -> Zeroizing<Vec<u8>> {
    let value = Zeroizing::new(serde_json::Value::String(secret.to_owned()).to_string());
    let places: Vec<Range<usize>> = KeyPlaces::new(text, field).map(|place| place.at).collect();
    let replaced: usize = places.iter().map(Range::len).sum();
    // A buffer that grows leaves its former self, with the secret in it, behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() - replaced + places.len() * value.len()));
    let mut from = 0;
    for place in places {
        bytes.extend_from_slice(&text.as_bytes()[from..place.start]);
        bytes.extend_from_slice(value.as_bytes());
        from = place.end;
    }
    bytes.extend_from_slice(&text.as_bytes()[from..]);
    bytes
}

pub(super) fn root_values(text: &str, field: &str) -> Vec<Zeroizing<String>> {
    let at_root = KeyPlaces::new(text, field).filter(|place| place.is_root);
    at_root
        .map(|place| match &text[place.at] {
            quoted if quoted.starts_with('"') => Zeroizing::new(literal::said(quoted).into_owned()),
            _ => Zeroizing::default(),
        })
        .collect()
}

pub(super) fn masked(text: &str, field: &str) -> Vec<u8> {
    let keyless = with(text, field, MASK);
    let Ok(text) = std::str::from_utf8(&keyless) else { return Vec::new() };
    let mut bytes = Vec::with_capacity(text.len());
    let mut from = 0;
    let strings = tokens(text).filter(|token| matches!(token.kind, Kind::Name | Kind::Text));
    for string in strings.filter(|string| literal::has_half(&text[string.at.clone()])) {
        bytes.extend_from_slice(&text.as_bytes()[from..string.at.start]);
        let whole = serde_json::Value::String(literal::said(&text[string.at.clone()]).into_owned());
        bytes.extend_from_slice(whole.to_string().as_bytes());
        from = string.at.end;
    }
    bytes.extend_from_slice(&text.as_bytes()[from..]);
    bytes
}

/// Where the value of a key stands.
struct Place {
    at: Range<usize>,
    /// In the root object itself.
    is_root: bool,
}

/// A list or an object that is open, and whether a field in it can name the account.
struct Open {
    container: Container,
    counts: bool,
}

/// Walks over a text and answers where keys stand: in the root, and in the items of lists within what counts.
struct KeyPlaces<'t, T> {
    text: &'t str,
    field: &'t str,
    tokens: T,
    open: Vec<Open>,
    /// The next value is a key's.
    is_next: bool,
}

impl<'t> KeyPlaces<'t, ()> {
    fn new(text: &'t str, field: &'t str) -> KeyPlaces<'t, impl Iterator<Item = Token>> {
        KeyPlaces { text, field, tokens: tokens(text), open: Vec::new(), is_next: false }
    }
}

impl<T: Iterator<Item = Token>> Iterator for KeyPlaces<'_, T> {
    type Item = Place;

    fn next(&mut self) -> Option<Place> {
        loop {
            let token = self.tokens.next()?;
            if std::mem::take(&mut self.is_next) {
                let is_root = self.open.len() == 1;
                return Some(Place { at: token.at.start..self.end_of(&token), is_root });
            }
            match token.kind {
                Kind::Begin(container) => self.begin(container),
                Kind::End(_) => _ = self.open.pop(),
                Kind::Name => self.is_next = self.is_key(&token),
                Kind::Text | Kind::Number | Kind::Word => {}
            }
        }
    }
}

impl<T: Iterator<Item = Token>> KeyPlaces<'_, T> {
    fn begin(&mut self, container: Container) {
        let counts = match (self.open.last(), container) {
            (None, _) => true,
            (Some(Open { container: Container::Object, .. }), Container::Object) => false,
            (Some(around), _) => around.counts,
        };
        self.open.push(Open { container, counts });
    }

    fn is_key(&self, name: &Token) -> bool {
        let counts = self.open.last().is_some_and(|open| open.counts);
        counts && is_same_name(&literal::said(&self.text[name.at.clone()]), self.field)
    }

    /// Where the value ends that a token begins.
    fn end_of(&mut self, first: &Token) -> usize {
        let mut depth = usize::from(matches!(first.kind, Kind::Begin(_)));
        let mut end = first.at.end;
        while depth > 0 {
            let Some(token) = self.tokens.next() else { break };
            match token.kind {
                Kind::Begin(_) => depth += 1,
                Kind::End(_) => depth -= 1,
                Kind::Name | Kind::Text | Kind::Number | Kind::Word => {}
            }
            end = token.at.end;
        }
        end
    }
}

#[cfg(test)]
mod tests {
    use crate::inject::strip_field;
    use crate::raw::RawBody;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::Value;

    const KEY: &str = "a\"key";
    const WRITTEN: &str = r#""a\"key""#;

    fn replaced(text: &str) -> String {
        let body = RawBody::read(text.into()).unwrap();
        String::from_utf8(body.with_key("writeKey", KEY).to_vec()).unwrap()
    }

    #[rstest]
    #[case::root(r#"{"writeKey":"x","a":1}"#, r#"{"writeKey":K,"a":1}"#)]
    #[case::escaped(r#"{"write\u004bey" : "x" }"#, r#"{"write\u004bey" : K }"#)]
    #[case::all_escaped(r#"{"\u0077rite\u004Bey":"x"}"#, r#"{"\u0077rite\u004Bey":K}"#)]
    #[case::other_cases(
        r#"{"WRITEKEY":1,"write_key":2,"Write-Key":3}"#,
        r#"{"WRITEKEY":K,"write_key":K,"Write-Key":K}"#
    )]
    #[case::kelvin(r#"{"write\u212aey":1,"writeKey":2}"#, r#"{"write\u212aey":K,"writeKey":K}"#)]
    #[case::repeated(r#"{"writeKey":"x","writeKey":"y"}"#, r#"{"writeKey":K,"writeKey":K}"#)]
    #[case::no_text(r#"{"writeKey":{"writeKey":[1]},"b":null}"#, r#"{"writeKey":K,"b":null}"#)]
    #[case::items(
        r#"{"batch":[{"writeKey":"x"},7,[{"writeKey":"y"}]]}"#,
        r#"{"batch":[{"writeKey":K},7,[{"writeKey":K}]]}"#
    )]
    #[case::items_of_items(
        r#"{"batch":[{"batch":[{"writeKey":"x"}]}]}"#,
        r#"{"batch":[{"batch":[{"writeKey":K}]}]}"#
    )]
    #[case::two_batches(
        r#"{"batch":[{"writeKey":1}],"batch":[{"writeKey":2}]}"#,
        r#"{"batch":[{"writeKey":K}],"batch":[{"writeKey":K}]}"#
    )]
    #[case::a_list_as_root(r#"[{"writeKey":"x"}]"#, r#"[{"writeKey":K}]"#)]
    #[case::their_own_data(
        r#"{"properties":{"writeKey":"x"},"t":"writeKey"}"#,
        r#"{"properties":{"writeKey":"x"},"t":"writeKey"}"#
    )]
    #[case::lists_in_their_data(r#"{"p":{"l":[{"writeKey":1}]}}"#, r#"{"p":{"l":[{"writeKey":1}]}}"#)]
    #[case::nothing("[ ]", "[ ]")]
    #[case::a_text(r#""writeKey""#, r#""writeKey""#)]
    fn a_key_is_replaced_where_it_names_the_account(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(
            replaced(text),
            expected.replace(":K", &format!(":{WRITTEN}")).replace(" K", &format!(" {WRITTEN}"))
        );
    }

    #[test]
    fn what_the_journal_keeps_has_no_key_and_is_readable_for_everyone() {
        let body =
            RawBody::read(br#"{"writeKey":"x","t":"\ud83d!","\udc00":"\ud83d\ude00"}"#.to_vec()).unwrap();
        let kept: serde_json::Value = serde_json::from_slice(&body.masked("writeKey")).unwrap();
        assert_eq!(kept, serde_json::json!({"writeKey": "***", "t": "\u{fffd}!", "\u{fffd}": "😀"}));
        let plain = r#"{ "a" : "\u00e9" }"#;
        assert_eq!(RawBody::read(plain.into()).unwrap().masked("writeKey"), plain.as_bytes());
    }

    #[test]
    fn only_the_root_gives_keys() {
        let keys = |text: &str| {
            let keys = RawBody::read(text.into()).unwrap().keys("writeKey");
            keys.iter().map(|key| key.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(keys(r#"{"writeKey":"a","b":[{"writeKey":"c"}],"write\u004bey":"d"}"#), ["a", "d"]);
        assert_eq!(keys(r#"{"writeKey":7}"#), [""]);
        assert!(keys("[]").is_empty());
    }

    #[derive(Debug, Clone)]
    enum Node {
        Leaf(String),
        List(Vec<Node>),
        Object(Vec<(String, Node)>),
    }

    const NAMES: [&str; 8] = [
        r#""writeKey""#,
        r#""\u0077riteKey""#,
        r#""WRITE_KEY""#,
        r#""batch""#,
        r#""properties""#,
        r#""writeKeys""#,
        r#""a\"b\\""#,
        r#""é\ud83d""#,
    ];

    fn node() -> impl Strategy<Value = Node> {
        let leaf = prop_oneof![
            "-?(0|[1-9][0-9]{0,5})(\\.[0-9]{1,3})?([eE][+-]?[0-9]{1,2})?",
            r#""([a-zé{}\[\],: ]|\\["\\/bnu]0{0})*""#
                .prop_filter("JSON", |text| RawBody::read(text.clone().into()).is_ok()),
            prop::sample::select(vec!["true", "false", "null"]).prop_map(str::to_owned),
        ];
        let leaf = leaf.prop_map(Node::Leaf);
        leaf.prop_recursive(6, 60, 6, |inner| {
            let name = prop::sample::select(NAMES.to_vec()).prop_map(str::to_owned);
            prop_oneof![
                vec(inner.clone(), 0..6).prop_map(Node::List),
                vec((name, inner), 0..6).prop_map(Node::Object),
            ]
        })
    }

    /// Writes a node, keys replaced when `key` is there. Where they count is said here in another way than above.
    fn write(node: &Node, counts: bool, key: Option<&str>, out: &mut String) {
        match node {
            Node::Leaf(text) => out.push_str(text),
            Node::List(items) => {
                out.push_str("[ ");
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { " ,\n" });
                    write(item, counts, key, out);
                }
                out.push(']');
            }
            Node::Object(fields) => {
                out.push('{');
                for (index, (name, value)) in fields.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { "," });
                    out.push_str(&format!("{name} :\t"));
                    let is_key = NAMES[..3].contains(&name.as_str());
                    match key.filter(|_| counts && is_key) {
                        Some(key) => out.push_str(key),
                        None => write(value, counts && matches!(value, Node::List(_)), key, out),
                    }
                }
                out.push('}');
            }
        }
    }

    /// Without the fields whose value is a mask.
    fn unmasked(value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(unmasked),
            Value::Object(fields) => {
                fields.retain(|_, value| *value != "***");
                fields.values_mut().for_each(unmasked);
            }
            _ => {}
        }
    }

    proptest! {
        #[test]
        fn a_tree_loses_its_keys_where_bytes_have_them_replaced(node in node()) {
            let mut text = String::new();
            write(&node, true, None, &mut text);
            let body = RawBody::read(text.into()).unwrap();
            let parsed = |field: &str| serde_json::from_slice::<Value>(&body.masked(field)).unwrap();
            let (mut stripped, mut replaced) = (parsed("noField"), parsed("writeKey"));
            strip_field(&mut stripped, "writeKey");
            unmasked(&mut replaced);
            prop_assert_eq!(stripped, replaced);
        }

        #[test]
        fn everything_but_keys_stays_byte_for_byte(node in node()) {
            let (mut text, mut expected) = (String::new(), String::new());
            write(&node, true, None, &mut text);
            write(&node, true, Some(WRITTEN), &mut expected);
            prop_assert_eq!(replaced(&text), expected);
        }

        #[test]
        fn what_is_taken_is_what_a_strict_reader_takes(text in r#"[\[\]{}:,"0-9.eE+\-truefalsn\\ud ]{0,24}"#) {
            let ours = RawBody::read(text.clone().into());
            let theirs = serde_json::from_str::<serde_json::Value>(&text);
            prop_assert!(ours.is_ok() || theirs.is_err(), "{} is JSON", text);
            if let Ok(body) = ours {
                let kept = body.masked("writeKey");
                prop_assert!(serde_json::from_slice::<serde_json::Value>(&kept).is_ok(), "{} is kept as {:?}", text, kept);
            }
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in vec(any::<u8>(), 0..200)) {
            let _ = RawBody::read(bytes).map(|body| (body.with_key("k", "s"), body.masked("k")));
        }
    }
}
