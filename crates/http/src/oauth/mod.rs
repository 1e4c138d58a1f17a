//! OAuth: how a device is paired by a code (RFC 8628), how a program registers (RFC 7591) and sends a person here (RFC 6749
//! with 7636, 8707 and 9207), how tokens are kept fresh and given back (RFC 7009), and how all this is found (RFC 8414,
//! 9728). Clients are public: there is nothing secret in a program on somebody's machine.

pub(crate) mod authorize;
pub(crate) mod device_authorization;
mod error;
pub(crate) mod metadata;
pub(crate) mod protected_resource;
pub(crate) mod register;
mod resource;
pub(crate) mod revoke;
pub(crate) mod token;

pub(crate) use error::{OAuthError, OAuthErrorBody, error_body};

use keyferry_core::SecretString;

/// A parameter that has to be there. One without a value counts as absent (RFC 6749, section 3.2).
fn required<'a>(name: &str, given: &'a Option<String>) -> Result<&'a str, OAuthError> {
    given.as_deref().filter(|text| !text.is_empty()).ok_or_else(|| missing(name))
}

fn required_secret<'a>(name: &str, given: &'a Option<SecretString>) -> Result<&'a SecretString, OAuthError> {
    given.as_ref().ok_or_else(|| missing(name))
}

fn missing(name: &str) -> OAuthError {
    OAuthError::invalid_request(format!("`{name}` is missing."))
}
