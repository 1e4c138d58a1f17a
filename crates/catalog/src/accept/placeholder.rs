//! Texts that stand for a value that nobody has put in yet: `<id>`, `YOUR_SOURCE_ID`, `REPLACE_ME`.
//!
//! Only whole texts count, so that a name such as "Your first source" passes.

use super::shape::fold;

/// Longer texts are prose.
const LONGEST: usize = 64;
const PAIRS: [(&str, &str); 6] = [("<", ">"), ("{{", "}}"), ("${", "}"), ("{", "}"), ("[", "]"), ("%", "%")];
const WORDS: [&str; 9] = [
    "replaceme",
    "changeme",
    "placeholder",
    "todo",
    "tbd",
    "fixme",
    "insertvaluehere",
    "valuehere",
    "fillmein",
];
const STARTS: [&str; 6] = ["your_", "my_", "insert_", "replace_", "enter_", "put_"];
const ENDS: [&str; 4] = ["_here", "_placeholder", "_goes_here", "_to_replace"];

/// Whether a text is no value. `name` is the argument's: `SOURCE_ID` for `sourceId` is none either.
pub(super) fn is_placeholder(text: &str, name: &str) -> bool {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > LONGEST {
        return false;
    }
    is_bracketed(text) || is_filler(text) || is_word(text) || is_shouted(text) || is_its_own_name(text, name)
}

/// `<id>`, `{id}`, `{{id}}`, `${ID}`, `[source id]`, `%ID%`
fn is_bracketed(text: &str) -> bool {
    let inner = |(open, close): &(&str, &str)| text.strip_prefix(*open)?.strip_suffix(*close);
    let is_words = |inner: &str| {
        inner.chars().next().is_some_and(char::is_alphabetic)
            && inner.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-' | ' ' | '.'))
    };
    PAIRS.iter().filter_map(inner).any(is_words)
}

/// `xxxxxx`, `XXXX-XXXX`, `...`, `…`, `????`, `****`
fn is_filler(text: &str) -> bool {
    let all = |letters: &str, least: usize| {
        text.chars().filter(|letter| letters.contains(*letter)).count() >= least
            && text.chars().all(|letter| letters.contains(letter) || matches!(letter, '-' | '_'))
    };
    all("xX", 4) || all(".", 3) || all("…", 1) || all("?", 3) || all("*", 3)
}

fn is_word(text: &str) -> bool {
    let is_one_word = !text.contains(char::is_whitespace);
    is_one_word && WORDS.contains(&fold(text).as_str())
}

/// `YOUR_SOURCE_ID`, `your-destination-id`, `INSERT_ID_HERE`, `$SOURCE_ID`
fn is_shouted(text: &str) -> bool {
    let spelled = text.to_lowercase().replace(['-', ' '], "_");
    let is_identifier =
        |text: &str| text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    if let Some(variable) = text.strip_prefix('$') {
        return is_identifier(variable) && variable.starts_with(|letter: char| letter.is_ascii_uppercase());
    }
    let is_about_a_value = ["_id", "_key", "_token", "_name", "_email", "_value", "_slug", "_cursor"];
    let starts = STARTS.iter().any(|start| spelled.starts_with(start));
    let shouts = !text.chars().any(|letter| letter.is_lowercase());
    is_identifier(&spelled)
        && ((starts
            && !text.contains(' ')
            && (shouts || is_about_a_value.iter().any(|end| spelled.ends_with(end))))
            || ENDS.iter().any(|end| spelled.ends_with(end)))
}

/// An id that is called what it is an id of.
fn is_its_own_name(text: &str, name: &str) -> bool {
    let folded = fold(name);
    (folded.ends_with("id") || folded.ends_with("key")) && folded.len() > 2 && fold(text) == folded
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("<id>")]
    #[case("<source id>")]
    #[case("{id}")]
    #[case("{{source_id}}")]
    #[case("${SOURCE_ID}")]
    #[case("$SOURCE_ID")]
    #[case("%SOURCE_ID%")]
    #[case("[your source]")]
    #[case("YOUR_SOURCE_ID")]
    #[case("your-source-id")]
    #[case("your_destination_id")]
    #[case("REPLACE_ME")]
    #[case("replace-me")]
    #[case("PLACEHOLDER")]
    #[case("TODO")]
    #[case("xxxxxx")]
    #[case("XXXX-XXXX")]
    #[case("...")]
    #[case("INSERT_ID_HERE")]
    #[case("SOURCE_ID")]
    #[case("sourceId")]
    #[case("  <id> ")]
    fn a_placeholder_is_seen(#[case] text: &str) {
        assert!(is_placeholder(text, "sourceId"), "{text}");
    }

    #[rstest]
    #[case("USER123")]
    #[case("wT4nPz8kGq2rVy6cJmXb9H")]
    #[case("rtG9XvZ4dWq1")]
    #[case("Your first source")]
    #[case("my-website")]
    #[case("{\"a\":1}")]
    #[case("a<b>c")]
    #[case("50%")]
    #[case("xx")]
    #[case("alice@acme-tools.com")]
    #[case("production")]
    #[case("Order Completed")]
    #[case("")]
    #[case("507f191e-810c-4197-9de8-60ea4c1d2b7f")]
    fn a_value_passes(#[case] text: &str) {
        assert!(!is_placeholder(text, "sourceId"), "{text}");
    }

    proptest! {
        #[test]
        fn any_text_is_a_placeholder_or_not(text in "\\PC{0,80}", name in "\\PC{0,20}") {
            let is = is_placeholder(&text, &name);
            prop_assert_eq!(is_placeholder(&format!(" {text} "), &name), is);
            prop_assert!(!is || text.trim().chars().count() <= LONGEST);
        }

        /// Real ids: what Segment, UUIDs, mail and numbers look like.
        #[test]
        fn an_id_is_a_value(
            id in "[a-z][a-zA-Z0-9]{10,21}[0-9]|[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}|[a-z]{2,9}@[a-z]{2,9}\\.com|[0-9]{1,18}",
        ) {
            prop_assert!(!is_placeholder(&id, "sourceId"), "{}", id);
        }
    }
}
