//! The gateway's token, wherever a client of an upstream puts its key: user name of Basic, Bearer, a field of the body;
//! or in our own headers, which count before any other. What is there and wrong is never passed over for another.

use crate::extract::{KEY_HEADERS, only_value, refused};
use crate::state::Doors;
use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use keyferry_core::{ErrorCode, ExposeSecret, Failure, Principal, SecretString};
use keyferry_identity::{AuthError, Presented};
use std::net::IpAddr;
use std::ops::Deref;

/// A token that a request shows.
#[derive(Debug)]
pub(super) struct Shown(SecretString);

impl Shown {
    pub(super) async fn device(&self, doors: &Doors, address: IpAddr) -> Result<Principal, Failure> {
        let resource = doors.link("proxy");
        let bearer = Some(self.0.expose_secret());
        let presented = Presented { bearer, key: None, resource: &resource, address };
        doors.identity.authenticator.device(&presented).await.map_err(|error| match error {
            // No program of an upstream's makes a new one every ten minutes.
            AuthError::OtherResource => unauthorized("this door takes a device's own token"),
            other => refused(other),
        })
    }
}

/// The token in the headers; `None` when there is no header for one.
pub(super) fn in_headers(headers: &HeaderMap) -> Option<Shown> {
    let mut keys = KEY_HEADERS.iter().filter_map(|name| only_value(headers, name));
    let token = match keys.next() {
        // Two different ones: which one is meant is not ours to guess.
        Some(first) if keys.any(|other| other != first) => String::new(),
        Some(first) => first.to_owned(),
        None => authorization(only_value(headers, header::AUTHORIZATION.as_str())?),
    };
    Some(Shown(SecretString::from(token)))
}

/// The one text that the body gives as its key, however often.
pub(super) fn in_body(given: &[impl Deref<Target = String>]) -> Option<Shown> {
    let first = given.first()?;
    let alike = given.iter().all(|other| **other == **first);
    Some(Shown(SecretString::from(if alike { first.to_string() } else { String::new() })))
}

/// The token of `Authorization`; an empty one when it holds none.
fn authorization(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once(' ') else { return String::new() };
    let rest = rest.trim();
    match scheme.to_ascii_lowercase().as_str() {
        "bearer" => rest.to_owned(),
        "basic" => user_name(rest).unwrap_or_default(),
        _ => String::new(),
    }
}

/// RFC 7617: what stands before the first colon.
fn user_name(encoded: &str) -> Option<String> {
    let pair = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    pair.split_once(':').map(|(name, _)| name.to_owned())
}

pub(super) fn missing() -> Failure {
    unauthorized("no token was sent")
}

fn unauthorized(why: &str) -> Failure {
    Failure::new(ErrorCode::Unauthorized, format!("Unauthorized: {why}.")).hint(
        "Give the device's token (kfd_…, from the Devices page) where the program wants the upstream's key, or as \
         `X-Keyferry-Key: …`.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn token(lines: &[(&'static str, &'static str)]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_static(value));
        }
        in_headers(&headers).map(|shown| shown.0.expose_secret().to_owned())
    }

    #[test]
    fn a_token_stands_where_the_upstream_wants_its_key() {
        assert_eq!(token(&[("authorization", "Bearer kfd_1")]).unwrap(), "kfd_1");
        assert_eq!(token(&[("authorization", "Basic a2ZkXzE6")]).unwrap(), "kfd_1", "kfd_1:");
        assert_eq!(token(&[("authorization", "basic a2ZkXzE6cHc=")]).unwrap(), "kfd_1", "kfd_1:pw");
        assert_eq!(token(&[("x-keyferry-key", "kfd_1")]).unwrap(), "kfd_1");
        assert_eq!(token(&[]), None);
    }

    #[test]
    fn our_own_header_counts_before_the_upstreams() {
        assert_eq!(
            token(&[("authorization", "Bearer other"), ("x-keyferry-key", "kfd_1")]).unwrap(),
            "kfd_1"
        );
        assert_eq!(token(&[("authorization", "Bearer kfd_1"), ("x-keyferry-key", "")]).unwrap(), "");
    }

    #[test]
    fn what_is_there_twice_or_broken_is_a_token_that_nobody_has() {
        for lines in [
            &[("authorization", "Bearer kfd_1"), ("authorization", "Bearer kfd_1")][..],
            &[("authorization", "Basic a2ZkXzE=")],
            &[("authorization", "Basic !")],
            &[("authorization", "Digest kfd_1")],
            &[("authorization", "kfd_1")],
            &[("x-keyferry-key", "kfd_1"), ("x-clawlink-api-key", "kfd_2")],
        ] {
            assert_eq!(token(lines).unwrap(), "", "{lines:?}");
        }
    }

    #[test]
    fn a_body_gives_one_token_however_often() {
        let given = |keys: &[&str]| {
            let keys: Vec<Box<String>> = keys.iter().map(|key| Box::new((*key).to_owned())).collect();
            in_body(&keys).map(|shown| shown.0.expose_secret().to_owned())
        };
        assert_eq!(given(&["a", "a"]).unwrap(), "a");
        assert_eq!(given(&["a", "b"]).unwrap(), "");
        assert_eq!(given(&[]), None);
    }
}
