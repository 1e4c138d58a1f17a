//! Where a code may be sent. Two addresses are the same when they are the same text; of a program on this machine the
//! port is free (RFC 8252, section 7.3), since it listens on whichever one it got.
//!
//! Texts are compared, not what some parser makes of them, and an address is only taken when parsing it and writing it
//! again changes nothing: so a browser can't read it in another way than we do.

use std::fmt;
use url::Url;

/// Longer than any that is in use, in bytes.
const LONGEST: usize = 512;
/// Schemes that a browser or a system treats in its own way: no program comes by them.
const RESERVED: [&str; 18] = [
    "about",
    "blob",
    "chrome",
    "data",
    "file",
    "filesystem",
    "ftp",
    "http",
    "https",
    "intent",
    "javascript",
    "mailto",
    "sms",
    "tel",
    "vbscript",
    "view-source",
    "ws",
    "wss",
];
/// How a program on this machine names it.
const LOOPBACK: [&str; 3] = ["127.0.0.1", "[::1]", "localhost"];

/// An address that codes may be sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedirectUri(String);

/// What a person has to know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// A program on the machine that the browser runs on.
    ThisComputer,
    /// A site: its host, with its port if it has an unusual one.
    Site(String),
    /// A program that the system opens for this scheme.
    App(String),
}

/// Why codes are not sent to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnfitRedirect {
    #[error("a redirect URI is at most {LONGEST} bytes long")]
    TooLong,
    #[error("a redirect URI is a whole address in its plain spelling, without user name and fragment")]
    Form,
    #[error(
        "a redirect URI is https, http on 127.0.0.1, [::1] or localhost, or a scheme of the program's own"
    )]
    Scheme,
}

impl RedirectUri {
    /// An address as a program registers it.
    ///
    /// # Errors
    /// As [`UnfitRedirect`] says.
    pub fn parse(text: &str) -> Result<Self, UnfitRedirect> {
        if text.len() > LONGEST {
            return Err(UnfitRedirect::TooLong);
        }
        let url = Url::parse(text).map_err(|_| UnfitRedirect::Form)?;
        // The one thing that is added to a plain spelling is the slash of an empty path.
        let plain = url.as_str() == text || url.as_str().strip_suffix('/') == Some(text);
        if !plain || !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err(UnfitRedirect::Form);
        }
        let fits = match url.scheme() {
            "https" => url.host_str().is_some_and(is_plain_host),
            "http" => without_port(text).is_some(),
            other => !RESERVED.contains(&other),
        };
        if fits { Ok(Self(text.to_owned())) } else { Err(UnfitRedirect::Scheme) }
    }

    pub(super) fn stored(text: &str) -> Self {
        Self(text.to_owned())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a code for this address may go to the one that was asked for.
    #[must_use]
    pub fn covers(&self, asked: &str) -> bool {
        let same_but_for_the_port =
            || without_port(&self.0).is_some_and(|own| Some(own) == without_port(asked));
        self.0 == asked || (same_but_for_the_port() && Self::parse(asked).is_ok())
    }

    #[must_use]
    pub fn destination(&self) -> Destination {
        let Ok(url) = Url::parse(&self.0) else { return Destination::App(String::new()) };
        match url.scheme() {
            "http" => Destination::ThisComputer,
            "https" => {
                let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
                Destination::Site(format!("{}{port}", url.host_str().unwrap_or_default()))
            }
            scheme => Destination::App(scheme.to_owned()),
        }
    }

    /// The address with the answer's parameters added to its own.
    #[must_use]
    pub fn with(&self, parameters: &[(&str, &str)]) -> String {
        let Ok(mut url) = Url::parse(&self.0) else { return self.0.clone() };
        url.query_pairs_mut().extend_pairs(parameters);
        url.into()
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Letters, digits and what numbers and names are parted by. Others parse as a host too, and mean something in the policy
/// that names it to a browser.
fn is_plain_host(host: &str) -> bool {
    host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte))
}

/// A plain-http address of this machine as the text before and the text after its port; nothing for any other.
fn without_port(text: &str) -> Option<(&str, &str)> {
    let authority = text.strip_prefix("http://")?;
    let host = LOOPBACK.into_iter().find(|host| authority.starts_with(host))?;
    let (before, rest) = text.split_at("http://".len() + host.len());
    let after = match rest.strip_prefix(':') {
        Some(port) => port.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => rest,
    };
    (after.is_empty() || after.starts_with(['/', '?'])).then_some((before, after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn uri(text: &str) -> RedirectUri {
        RedirectUri::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn sites_programs_and_this_machine_can_be_sent_codes() {
        for (text, expected) in [
            ("https://claude.example/api/callback", Destination::Site("claude.example".to_owned())),
            ("https://claude.example:8443/cb?a=b", Destination::Site("claude.example:8443".to_owned())),
            ("http://127.0.0.1:33418", Destination::ThisComputer),
            ("http://localhost/callback", Destination::ThisComputer),
            ("http://[::1]:1/", Destination::ThisComputer),
            ("cursor://anysphere.cursor-mcp/oauth/callback", Destination::App("cursor".to_owned())),
            ("com.example.app:/oauth", Destination::App("com.example.app".to_owned())),
        ] {
            assert_eq!(uri(text).destination(), expected, "{text}");
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_or_leads_astray_is_not_taken() {
        for text in [
            "",
            "/callback",
            "https://",
            "http://example.com/cb",
            "http://127.0.0.1.evil.example/cb",
            "http://127.0.0.2/cb",
            "http://localhost@evil.example/",
            "http://127.0.0.1:80@evil.example/",
            "https://user@good.example/",
            "https://good.example/cb#here",
            "https://good.example\\@evil.example/",
            "https://GOOD.example/cb",
            "https://a;script-src/cb",
            "https://*/cb",
            "https://good.example/a/../cb",
            " https://good.example/cb",
            "https://good.example/c\nb",
            "https:good.example/cb",
            "javascript:alert(1)",
            "javascript://x/%0aalert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "wss://good.example/",
        ] {
            assert!(RedirectUri::parse(text).is_err(), "{text}");
        }
        assert_eq!(
            RedirectUri::parse(&format!("https://a.example/{}", "x".repeat(500))),
            Err(UnfitRedirect::TooLong)
        );
    }

    #[test]
    fn only_the_same_text_is_the_same_address_but_for_the_port_of_this_machine() {
        let site = uri("https://good.example/cb");
        assert!(site.covers("https://good.example/cb"));
        for other in [
            "https://good.example/cb/",
            "https://good.example/cb?x=1",
            "https://good.example:443/cb",
            "https://good.example/cb/../cb",
            "https://evil.example/cb",
            "http://good.example/cb",
        ] {
            assert!(!site.covers(other), "{other}");
        }
        let here = uri("http://127.0.0.1:1000/cb");
        assert!(here.covers("http://127.0.0.1:2000/cb") && here.covers("http://127.0.0.1/cb"));
        for other in [
            "http://localhost:1000/cb",
            "http://127.0.0.1:1000/other",
            "http://127.0.0.1:1000/cb?x",
            "http://127.0.0.1:99999/cb",
            "http://127.0.0.1:80@evil.example/cb",
            "https://127.0.0.1:1000/cb",
        ] {
            assert!(!here.covers(other), "{other}");
        }
    }

    #[test]
    fn the_answer_joins_the_parameters_that_the_address_has() {
        let given = [("code", "c&d"), ("iss", "https://keys.example")];
        assert_eq!(
            uri("https://good.example/cb?a=b").with(&given),
            "https://good.example/cb?a=b&code=c%26d&iss=https%3A%2F%2Fkeys.example"
        );
        assert_eq!(uri("app.x:/cb").with(&[("code", "1")]), "app.x:/cb?code=1");
    }

    proptest! {
        #[test]
        fn no_text_leads_to_another_host_than_the_one_that_is_shown(text in "(http|https)://[a-z0-9.@:\\[\\]/\\\\?#%-]{0,40}") {
            if let Ok(taken) = RedirectUri::parse(&text) {
                let host = Url::parse(&taken.with(&[("code", "x")])).unwrap();
                match taken.destination() {
                    Destination::ThisComputer => prop_assert!(matches!(host.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"))),
                    Destination::Site(shown) => prop_assert!(shown.starts_with(host.host_str().unwrap())),
                    Destination::App(scheme) => prop_assert!(false, "{}", scheme),
                }
            }
        }
    }
}
