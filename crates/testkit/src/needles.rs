//! Searching bytes for what must not be there, in every form in which it could be written down.

use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};
use std::collections::BTreeSet;

/// Bytes that are shown on either side of a find.
const BESIDE: usize = 120;

/// Something marked: a name for the message, and the value.
#[derive(Debug, Clone)]
pub struct Needle {
    name: String,
    forms: BTreeSet<Vec<u8>>,
}

impl Needle {
    /// # Panics
    /// When the value is too short to be told from chance.
    #[must_use]
    pub fn new(name: impl Into<String>, value: &str) -> Self {
        assert!(value.len() >= 8, "`{value}` could stand anywhere by chance");
        Self { name: name.into(), forms: forms(value) }
    }

    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the first form of it that stands in `bytes` stands, with what is around it.
    #[must_use]
    pub fn in_bytes(&self, bytes: &[u8]) -> Option<String> {
        let at = |form: &Vec<u8>| memchr::memmem::find(bytes, form).map(|at| (at, at + form.len()));
        self.forms.iter().find_map(at).map(|(from, to)| around(bytes, from, to))
    }
}

/// Which of the needles stand in the bytes; a line for each.
#[must_use]
pub fn found(needles: &[Needle], place: &str, bytes: &[u8]) -> Vec<String> {
    let found = needles.iter().filter_map(|needle| Some((needle, needle.in_bytes(bytes)?)));
    found.map(|(needle, around)| format!("{} stands in {place}: {around}", needle.name)).collect()
}

/// Enough to tell which row, line or field it is.
fn around(bytes: &[u8], from: usize, to: usize) -> String {
    let shown = &bytes[from.saturating_sub(BESIDE)..(to + BESIDE).min(bytes.len())];
    shown.escape_ascii().to_string()
}

fn forms(value: &str) -> BTreeSet<Vec<u8>> {
    let bytes = value.as_bytes();
    let mut forms = BTreeSet::from([bytes.to_vec()]);
    let json = serde_json::to_string(value).expect("a text is JSON");
    forms.insert(json.trim_matches('"').as_bytes().to_vec());
    forms.insert(value.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect::<String>().into_bytes());
    forms.insert(value.encode_utf16().flat_map(u16::to_le_bytes).collect());
    forms.insert(bytes.iter().map(|byte| format!("%{byte:02X}")).collect::<String>().into_bytes());
    forms.insert(bytes.iter().map(|byte| format!("%{byte:02x}")).collect::<String>().into_bytes());
    forms.insert(percent_encoded(bytes).into_bytes());
    forms.insert(hex::encode(bytes).into_bytes());
    forms.insert(hex::encode_upper(bytes).into_bytes());
    forms.extend(base64_forms(bytes));
    forms
}

/// As a form or a path writes it: letters and digits stay.
fn percent_encoded(bytes: &[u8]) -> String {
    let written = |byte: &u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(*byte).to_string(),
        other => format!("%{other:02X}"),
    };
    bytes.iter().map(written).collect()
}

/// In either alphabet, wherever in a longer text the value begins: the characters that only the value decides.
fn base64_forms(bytes: &[u8]) -> BTreeSet<Vec<u8>> {
    let mut forms = BTreeSet::new();
    for alphabet in [&alphabet::STANDARD, &alphabet::URL_SAFE] {
        let engine = GeneralPurpose::new(alphabet, NO_PAD);
        for before in 0..3 {
            let mut text = vec![0; before];
            text.extend_from_slice(bytes);
            // Each character holds six bits: those that a neighbour shares are left out.
            let (first, last) = ((before * 8).div_ceil(6), text.len() * 8 / 6);
            forms.insert(engine.encode(&text).as_bytes()[first..last].to_vec());
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};

    #[test]
    fn it_is_found_in_every_form_and_place() {
        let needle = Needle::new("the key", "sgp_s3cret/key+ä");
        let secret = "sgp_s3cret/key+ä";
        for text in [
            format!("a{secret}b"),
            hex::encode(format!("..{secret}..")),
            BASE64_STANDARD.encode(format!("{secret}:")),
            BASE64_STANDARD.encode(format!("u{secret}:p")),
            BASE64_URL_SAFE.encode(format!("us{secret}")),
            "sgp_s3cret%2Fkey%2B%C3%A4".to_owned(),
        ] {
            assert!(needle.in_bytes(text.as_bytes()).is_some(), "{text}");
        }
        assert_eq!(needle.in_bytes(b"sgp_s3cret/key"), None);
        assert_eq!(found(&[needle], "here", b"nothing"), Vec::<String>::new());
    }
}
