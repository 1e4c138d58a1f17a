//! Ids: a prefix that tells what the id names, then 32 hexadecimal digits of a UUIDv7, so that ids sort by age.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// Why a text is not an id of the kind that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an id of the form {prefix}_<32 hexadecimal digits>")]
pub struct IdError {
    pub prefix: &'static str,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            pub const PREFIX: &'static str = $prefix;

            /// A new id; later ids sort after earlier ones.
            #[must_use]
            #[expect(clippy::new_without_default, reason = "a fresh id is never a default")]
            pub fn new() -> Self {
                Self(format!(concat!($prefix, "_{}"), Uuid::now_v7().simple()))
            }

            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let digits = text.strip_prefix(concat!($prefix, "_")).ok_or(IdError { prefix: $prefix })?;
                let lower_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
                if digits.len() == 32 && digits.bytes().all(lower_hex) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(IdError { prefix: $prefix })
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

ids! {
    /// The tenant: every row but a user belongs to one.
    TeamId = "team";
    UserId = "user";
    DeviceId = "dev";
    ConnectionId = "conn";
    CredentialId = "cred";
    /// One attempt at a tool.
    CallId = "call";
    /// The record that exactly one call was previewed and, where the rule says so, approved.
    ConfirmationId = "cnf";
    PairingId = "pair";
    ConnectSessionId = "csn";
    /// A person's signed-in browser. The cookie's secret is another value.
    SessionId = "ses";
    MasterKeyId = "mk";
    /// One running process of the gateway.
    ReplicaId = "rep";
    RequestId = "req";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_and_another_kind_does_not() {
        let id = TeamId::new();
        assert_eq!(id.as_str().parse(), Ok(id.clone()));
        assert!(id.as_str().parse::<UserId>().is_err());
    }

    #[test]
    fn only_its_own_form_is_an_id() {
        for text in ["team_", "team_0", "team_0123456789ABCDEF0123456789abcdef", "", "team_é"] {
            assert!(text.parse::<TeamId>().is_err(), "{text}");
        }
    }

    #[test]
    fn later_ids_sort_after_earlier_ones() {
        let ids: Vec<CallId> = (0..100).map(|_| CallId::new()).collect();
        assert!(ids.is_sorted());
    }
}
