//! Reference tokens of JSON pointers (RFC 6901).

/// A key as it stands in a pointer.
#[must_use]
pub fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The key that a piece of a pointer names.
#[must_use]
pub fn unescape(piece: &str) -> String {
    piece.replace("~1", "/").replace("~0", "~")
}

/// The pointer of a property of the object at `pointer`.
#[must_use]
pub fn child(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", escape(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_key_is_found_again_by_its_pointer() {
        for key in ["a", "a/b", "a~b", "~1", "~01", "/~0/", ""] {
            let value = json!({"at": {key: 7}});
            assert_eq!(value.pointer(&child("/at", key)), Some(&json!(7)), "{key}");
            assert_eq!(unescape(&escape(key)), key);
        }
    }
}
