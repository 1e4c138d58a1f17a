//! The operation hash: a changed operation voids the confirmations that were given for the old one.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// SHA-256 over RFC 8785 JSON.
pub(super) fn sha256(content: &Value) -> [u8; 32] {
    let canonical = serde_json_canonicalizer::to_vec(content)
        .expect("values of serde_json hold only finite numbers and text, which canonical JSON can spell");
    Sha256::digest(canonical).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn order_does_not_matter_and_content_does() {
        let one = sha256(&json!({"a": 1, "b": [true, "x"]}));
        assert_eq!(one, sha256(&json!({"b": [true, "x"], "a": 1.0})));
        assert_ne!(one, sha256(&json!({"a": 1, "b": [true, "y"]})));
    }
}
