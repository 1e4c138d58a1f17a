//! Who reads a refusal: each door's callers understand one form of it. `openapi.json` is told by the same rule.

use crate::dashboard;
use axum::http::{HeaderMap, header};

/// Doors whose clients read `error` as a sentence and nothing else.
const FLAT: [&str; 3] = ["/api/openclaw/", "/api/connect/", "/api/hermes/"];
const OAUTH: &str = "/oauth/";
/// Doors of programs, where nobody gets a page whatever is asked for.
const PROGRAMS: [&str; 6] = ["/api", "/mcp", "/proxy", "/.well-known", "/healthz", "/readyz"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Our own form.
    Device,
    /// Clients that look for a sentence.
    ClawLink,
    /// The form of RFC 6749, section 5.2.
    OAuthClient,
    /// A page.
    Person,
}

impl Reader {
    /// Who asks. Where nothing is, it is a person if a page is asked for, as browsers do.
    pub(crate) fn of(path: &str, headers: &HeaderMap) -> Self {
        let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
        Self::at(path, accept.is_some_and(|accept| accept.contains("text/html")))
    }

    pub(crate) fn at(path: &str, takes_html: bool) -> Self {
        if FLAT.iter().any(|door| is_at(door, path)) {
            Self::ClawLink
        } else if dashboard::is_page(path) {
            Self::Person
        } else if is_at(OAUTH, path) {
            Self::OAuthClient
        } else if PROGRAMS.iter().any(|door| is_at(door, path)) || !takes_html {
            Self::Device
        } else {
            Self::Person
        }
    }
}

/// Whether a path is a door's: below one that ends in a slash, else the door itself or below it.
pub(crate) fn is_at(door: &str, path: &str) -> bool {
    path.strip_prefix(door)
        .is_some_and(|rest| door.ends_with('/') || rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_door_has_its_readers() {
        for (path, reader) in [
            ("/api/tools", Reader::Device),
            ("/api/nothing", Reader::Device),
            ("/mcp", Reader::Device),
            ("/readyz", Reader::Device),
            ("/api/openclaw/pair/start", Reader::ClawLink),
            ("/oauth/token", Reader::OAuthClient),
            ("/oauth/authorize", Reader::Person),
            ("/dashboard", Reader::Person),
            ("/dashboard/nothing", Reader::Person),
            ("/", Reader::Person),
        ] {
            assert_eq!((Reader::at(path, false), Reader::at(path, true)), (reader, reader), "{path}");
        }
        assert_eq!(Reader::at("/dashbord", true), Reader::Person);
        assert_eq!(Reader::at("/apis", true), Reader::Person);
        assert_eq!(Reader::at("/dashbord", false), Reader::Device);
    }
}
