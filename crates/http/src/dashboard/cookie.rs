//! The cookie that holds a session's secret, and the one that carries a notice over a redirect.
//!
//! Over https both are `__Host-` cookies. On plain-http loopback a browser may refuse those, so they are ordinary ones
//! there, named after the port: cookies know no ports, and two gateways on one machine must not sign each other out.
//! `SameSite=Lax`, not `Strict`: people come from a link in a chat, and a strict cookie would stay away from just that
//! first request. What changes anything is guarded by `Origin` and the form's token besides.

use crate::state::Doors;
use axum::http::{HeaderMap, HeaderValue};
use axum_extra::extract::CookieJar;
use keyferry_core::{ExposeSecret, SecretString};
use keyferry_identity::SESSION_LASTS;
use std::time::Duration;
use url::Url;

/// Which of our cookies is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Jar {
    Session,
    Notice,
}

impl Jar {
    fn name(self, public_url: &Url) -> String {
        let name = match self {
            Self::Session => "keyferry",
            Self::Notice => "keyferry-notice",
        };
        if is_https(public_url) {
            format!("__Host-{name}")
        } else {
            format!("{name}-{}", public_url.port_or_known_default().unwrap_or_default())
        }
    }

    /// What a request carries in this cookie.
    pub(super) fn read(self, doors: &Doors, headers: &HeaderMap) -> Option<String> {
        let jar = CookieJar::from_headers(headers);
        jar.get(&self.name(&doors.public_url)).map(|cookie| cookie.value().to_owned())
    }

    fn line(self, public_url: &Url, value: &str, lasts: Duration) -> HeaderValue {
        let (name, seconds) = (self.name(public_url), lasts.as_secs());
        let secure = if is_https(public_url) { "; Secure" } else { "" };
        let line = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
        let mut value =
            HeaderValue::from_str(&line).expect("our values are letters and digits: no header refuses them");
        value.set_sensitive(true);
        value
    }
}

/// The session's secret, if the browser has one.
pub(super) fn session_secret(doors: &Doors, headers: &HeaderMap) -> Option<SecretString> {
    Jar::Session.read(doors, headers).filter(|value| !value.is_empty()).map(SecretString::from)
}

/// Gives a browser its session.
pub(super) fn begin_session(doors: &Doors, secret: &SecretString) -> HeaderValue {
    Jar::Session.line(&doors.public_url, secret.expose_secret(), SESSION_LASTS)
}

/// Takes the session from the browser.
pub(super) fn end_session(doors: &Doors) -> HeaderValue {
    Jar::Session.line(&doors.public_url, "", Duration::ZERO)
}

/// Tells the next page what was done.
pub(super) fn notice(doors: &Doors, word: &str) -> HeaderValue {
    Jar::Notice.line(&doors.public_url, word, Duration::from_secs(60))
}

/// Takes the notice back, so that no later page tells it again.
pub(super) fn end_notice(doors: &Doors) -> HeaderValue {
    Jar::Notice.line(&doors.public_url, "", Duration::ZERO)
}

fn is_https(public_url: &Url) -> bool {
    public_url.scheme() == "https"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(url: &str) -> String {
        let url = url.parse().unwrap();
        Jar::Session.line(&url, "abc", Duration::from_secs(60)).to_str().unwrap().to_owned()
    }

    #[test]
    fn https_gets_a_host_cookie() {
        let expected = "__Host-keyferry=abc; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure";
        assert_eq!(line("https://keys.example.com/"), expected);
    }

    #[test]
    fn loopback_gets_an_ordinary_one_of_its_own_port() {
        let expected = "keyferry-8474=abc; Path=/; Max-Age=60; HttpOnly; SameSite=Lax";
        assert_eq!(line("http://127.0.0.1:8474/"), expected);
    }
}
