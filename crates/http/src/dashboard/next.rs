//! Where a person goes after signing in: a path of our own, never an address that somebody else wrote.

use crate::reader::is_at;
use axum::http::Uri;

/// What people are sent to. Anything else is the first page.
const OURS: [&str; 7] = [
    "/dashboard",
    "/pair",
    "/connect/",
    "/approve/",
    "/openclaw/pair/",
    "/hermes/approve/",
    "/oauth/authorize",
];
const HOME: &str = "/dashboard";
/// Longer than any path of ours with its query; what a program asks stands in one.
const LONGEST: usize = 4096;

/// A path within this gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Next(String);

impl Next {
    pub(super) fn home() -> Self {
        Self(HOME.to_owned())
    }

    /// The path that was asked for, when it is one of ours; else the first page.
    pub(super) fn of_text(text: &str) -> Self {
        if is_ours(text) { Self(text.to_owned()) } else { Self::home() }
    }

    /// The page that a request is for.
    pub(super) fn of_uri(uri: &Uri) -> Self {
        uri.path_and_query().map_or_else(Self::home, |path| Self::of_text(path.as_str()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The link to a sign-in page that leads back here.
    pub(super) fn after(&self, page: &str) -> String {
        if self.0 == HOME {
            return page.to_owned();
        }
        let query =
            url::form_urlencoded::Serializer::new(String::new()).append_pair("next", &self.0).finish();
        format!("{page}?{query}")
    }
}

/// Whether a path is one that people open: what is refused there is told by a page.
pub(crate) fn is_page(path: &str) -> bool {
    path == "/" || OURS.iter().any(|ours| is_at(ours, path))
}

/// Only characters that no browser reads in two ways: a backslash is a slash to some, and control characters are
/// dropped by all.
fn is_ours(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~?=&%+".contains(&byte);
    let path = text.split('?').next().unwrap_or("");
    path != "/"
        && is_page(path)
        && text.len() <= LONGEST
        && text.bytes().all(plain)
        && !path.contains("//")
        && !path.split('/').any(|segment| segment == "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_paths_are_kept() {
        for path in [
            "/dashboard",
            "/dashboard/approvals/cnf_1",
            "/pair",
            "/connect/segment?session=abc",
            "/approve/cnf_1",
        ] {
            assert_eq!(Next::of_text(path).as_str(), path);
        }
    }

    #[test]
    fn everything_else_leads_home() {
        let others = [
            "",
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "/dashboard\\..",
            "/dashboardx",
            "/pairs",
            "/dashboard/../api/tools",
            "/dashboard//evil.example",
            "/dashboard\n",
            "/api/tools",
            "javascript:alert(1)",
            "/dashboard?next=http://evil.example",
        ];
        for path in others {
            assert_eq!(Next::of_text(path), Next::home(), "{path}");
        }
    }

    #[test]
    fn a_link_that_leads_back_is_encoded() {
        let next = Next::of_text("/connect/segment?session=abc");
        assert_eq!(
            next.after("/dashboard/sign-in"),
            "/dashboard/sign-in?next=%2Fconnect%2Fsegment%3Fsession%3Dabc"
        );
        assert_eq!(Next::home().after("/dashboard/sign-in"), "/dashboard/sign-in");
    }
}
