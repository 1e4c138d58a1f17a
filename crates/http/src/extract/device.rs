//! The paired device that a request comes from. No cookie is looked at here, ever.

use crate::client_address::ClientAddress;
use crate::rejection::Rejection;
use crate::request_log::Asker;
use crate::state::Doors;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use keyferry_core::{ErrorCode, ExposeSecret, Failure, Principal, SecretString};
use keyferry_identity::{AuthError, Presented};
use std::net::IpAddr;

/// Headers that carry a token and nothing else. One that is present and wrong is never passed over for another.
pub(crate) const KEY_HEADERS: [&str; 2] = ["x-keyferry-key", "x-clawlink-api-key"];

/// A device that may act, and for whom it does.
#[derive(Debug)]
pub(crate) struct Device(pub(crate) Principal);

/// The same at the MCP door, which is a resource of its own.
#[derive(Debug)]
pub(crate) struct McpDevice(pub(crate) Principal);

/// What a request shows to be let in. Kept by a stream, which has to be let in again and again.
#[derive(Debug)]
pub(crate) struct Credentials {
    bearer: Option<SecretString>,
    key: Option<SecretString>,
    address: IpAddr,
}

impl Credentials {
    fn of(headers: &HeaderMap, address: IpAddr) -> Self {
        Self { bearer: bearer(headers), key: key(headers), address }
    }

    /// Who this is now; asked again, the answer may be another.
    pub(crate) async fn device(&self, doors: &Doors) -> Result<Principal, Failure> {
        self.device_at(doors, &doors.api_resource()).await
    }

    /// An access token is taken only at the door that it is for.
    async fn device_at(&self, doors: &Doors, resource: &str) -> Result<Principal, Failure> {
        let presented = Presented {
            bearer: self.bearer.as_ref().map(ExposeSecret::expose_secret),
            key: self.key.as_ref().map(ExposeSecret::expose_secret),
            resource,
            address: self.address,
        };
        doors.identity.authenticator.device(&presented).await.map_err(refused)
    }
}

impl FromRequestParts<Doors> for Credentials {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, doors: &Doors) -> Result<Self, Self::Rejection> {
        let ClientAddress(address) = ClientAddress::from_request_parts(parts, doors).await?;
        Ok(Self::of(&parts.headers, address))
    }
}

impl FromRequestParts<Doors> for Device {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, doors: &Doors) -> Result<Self, Rejection> {
        find(parts, doors, &doors.api_resource()).await.map(Self)
    }
}

impl FromRequestParts<Doors> for McpDevice {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, doors: &Doors) -> Result<Self, Rejection> {
        find(parts, doors, &doors.mcp_resource()).await.map(Self)
    }
}

async fn find(parts: &mut Parts, doors: &Doors, resource: &str) -> Result<Principal, Rejection> {
    let Ok(credentials) = Credentials::from_request_parts(parts, doors).await;
    let principal = credentials.device_at(doors, resource).await?;
    if let (Some(asker), Some(device)) = (parts.extensions.get::<Asker>(), principal.device()) {
        asker.is(device);
    }
    Ok(principal)
}

/// The token of `Authorization: Bearer`. Anything else in that header, or two of it, is a token that nobody has.
fn bearer(headers: &HeaderMap) -> Option<SecretString> {
    let text = only_value(headers, header::AUTHORIZATION.as_str())?;
    let token = match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => "",
    };
    Some(SecretString::from(token))
}

fn key(headers: &HeaderMap) -> Option<SecretString> {
    let mut keys = KEY_HEADERS.iter().filter_map(|name| only_value(headers, name));
    let first = keys.next()?;
    // Both headers with two different keys: which one is meant is not ours to guess.
    let alike = keys.all(|other| other == first);
    Some(SecretString::from(if alike { first } else { "" }))
}

/// The value of a header that may stand once; empty when it stands twice or is no text.
pub(crate) fn only_value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    let alone = values.next().is_none();
    Some(first.to_str().ok().filter(|_| alone).map_or("", str::trim))
}

/// What one is told whose token is not taken.
pub(crate) fn refused(error: AuthError) -> Failure {
    if let AuthError::Unavailable(_) = error {
        return Failure::unavailable("The gateway can't check tokens now; nothing was sent.", error);
    }
    let hint = match error {
        AuthError::Missing => {
            "Send the device's token as `Authorization: Bearer …` or `X-Keyferry-Key: …`; pair the device to get one."
        }
        AuthError::Person => "Ask an administrator of the team to give the device's owner access again.",
        AuthError::OtherResource => "Ask for an access token of this resource.",
        AuthError::Expired => "Refresh the access token, or pair the device again.",
        _ => "Pair the device again.",
    };
    Failure::new(ErrorCode::Unauthorized, format!("Unauthorized: {error}.")).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn shown(lines: &[(&'static str, &'static str)]) -> (Option<String>, Option<String>) {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_static(value));
        }
        let text = |secret: Option<SecretString>| secret.map(|secret| secret.expose_secret().to_owned());
        (text(bearer(&headers)), text(key(&headers)))
    }

    #[test]
    fn a_bearer_token_stands_behind_its_scheme_in_any_case() {
        assert_eq!(shown(&[("authorization", "bEaReR  kfd_1 ")]).0.as_deref(), Some("kfd_1"));
        assert_eq!(shown(&[("authorization", "Basic a2ZkXzE=")]).0.as_deref(), Some(""));
        assert_eq!(shown(&[]), (None, None));
    }

    #[test]
    fn a_header_that_stands_twice_is_a_wrong_one() {
        assert_eq!(
            shown(&[("authorization", "Bearer a"), ("authorization", "Bearer a")]).0.as_deref(),
            Some("")
        );
        assert_eq!(shown(&[("x-keyferry-key", "a"), ("x-keyferry-key", "b")]).1.as_deref(), Some(""));
    }

    #[test]
    fn both_key_headers_count_when_they_agree_and_an_empty_one_is_present() {
        assert_eq!(shown(&[("x-clawlink-api-key", " a ")]).1.as_deref(), Some("a"));
        assert_eq!(shown(&[("x-keyferry-key", "a"), ("x-clawlink-api-key", "a")]).1.as_deref(), Some("a"));
        assert_eq!(shown(&[("x-keyferry-key", "a"), ("x-clawlink-api-key", "b")]).1.as_deref(), Some(""));
        assert_eq!(shown(&[("x-keyferry-key", "")]).1.as_deref(), Some(""));
    }
}
