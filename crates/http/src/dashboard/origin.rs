//! Whether a form was sent from a page of this gateway.
//!
//! Every browser says in `Origin` which site a POST comes from, and no page can change that. It has to be there and be
//! ours. That alone guards the forms before sign-in (a foreign page can't sign a person in to somebody else's account);
//! behind sign-in the form's token comes on top. For `Origin` to be told, our pages must not be served with
//! `Referrer-Policy: no-referrer`: browsers send `Origin: null` then.

use super::refusal::Refusal;
use crate::state::Doors;
use axum::http::{HeaderMap, header};
use url::Url;

/// # Errors
/// A page that says so, when the form comes from elsewhere or from nowhere.
pub(super) fn must_be_ours(doors: &Doors, headers: &HeaderMap) -> Result<(), Refusal> {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let (given, second) = (origins.next().and_then(|value| value.to_str().ok()), origins.next());
    let is_ours = given.is_some_and(|given| is_same(given, &doors.public_url)) && second.is_none();
    if is_ours { Ok(()) } else { Err(Refusal::foreign_form(doors.link(""))) }
}

fn is_same(given: &str, public_url: &Url) -> bool {
    let ours = public_url.origin();
    ours.is_tuple() && ours.ascii_serialization() == given
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_origin_is_ours() {
        let url: Url = "https://keys.example.com/".parse().unwrap();
        assert!(is_same("https://keys.example.com", &url));
        for other in [
            "null",
            "",
            "http://keys.example.com",
            "https://keys.example.com:8443",
            "https://example.com",
            "https://keys.example.com.evil.example",
            "https://keys.example.com/",
        ] {
            assert!(!is_same(other, &url), "{other}");
        }
        let loopback: Url = "http://127.0.0.1:8474".parse().unwrap();
        assert!(is_same("http://127.0.0.1:8474", &loopback));
        assert!(!is_same("http://localhost:8474", &loopback));
    }
}
