//! The secret of a connection's slot, sealed and opened: the one place that knows what it is bound to.

use keyferry_core::{CredentialId, ExposeSecret, SecretString};
use keyferry_store::system::SealedRow;
use keyferry_store::{Connection, Credential};
use keyferry_vault::{Binding, OpenError, SealError, Vault};

/// What tells one sealed credential from every other.
#[derive(Debug, Clone, Copy)]
pub struct Identity<'a> {
    pub connection: &'a Connection,
    pub id: &'a CredentialId,
    pub slot: &'a str,
    /// Grows each time the secret is replaced, so that an older one can't be put back.
    pub version: i64,
}

/// Why a stored credential could not be used.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    #[error("{0} ({reason})", reason = .0.reason())]
    Sealed(OpenError),
    #[error("the credential opens, but it is not text")]
    NotText,
}

/// Seals a secret for its row.
///
/// # Errors
/// Beyond what AES-GCM seals at once.
pub fn seal(vault: &Vault, identity: Identity<'_>, secret: &SecretString) -> Result<Vec<u8>, SealError> {
    identity.bound().with(|binding| vault.seal(binding, secret.expose_secret().as_bytes()))
}

/// Opens a stored secret. It lives for one exchange.
///
/// # Errors
/// When it was sealed for another row, was changed, or its master key is not in the ring.
pub fn open(
    vault: &Vault,
    connection: &Connection,
    credential: &Credential,
) -> Result<SecretString, CredentialError> {
    let identity =
        Identity { connection, id: &credential.id, slot: &credential.slot, version: credential.version };
    let plain = identity
        .bound()
        .with(|binding| vault.open(binding, &credential.sealed))
        .map_err(CredentialError::Sealed)?;
    let text = std::str::from_utf8(&plain).map_err(|_| CredentialError::NotText)?;
    Ok(SecretString::from(text))
}

/// Whether a row of the credentials opens, for a check of all sealed records.
///
/// # Errors
/// As [`open`].
pub fn opens(vault: &Vault, row: &SealedRow) -> Result<(), OpenError> {
    let bound = Bound {
        team: row.team.as_ref().map_or("", |team| team.as_str()),
        connection: row.connection.as_ref().map_or("", |connection| connection.as_str()),
        integration: row.integration.as_deref().unwrap_or_default(),
        record: &row.record,
        slot: row.slot.as_deref().unwrap_or_default(),
        version: row.version,
    };
    bound.with(|binding| vault.open(binding, &row.sealed)).map(drop)
}

/// Everything that a sealed credential is fixed to.
struct Bound<'a> {
    team: &'a str,
    connection: &'a str,
    integration: &'a str,
    record: &'a str,
    slot: &'a str,
    version: i64,
}

impl<'a> Identity<'a> {
    fn bound(&self) -> Bound<'a> {
        Bound {
            team: self.connection.team.as_str(),
            connection: self.connection.id.as_str(),
            integration: &self.connection.integration,
            record: self.id.as_str(),
            slot: self.slot,
            version: self.version,
        }
    }
}

impl Bound<'_> {
    fn with<T>(&self, act: impl FnOnce(&Binding<'_>) -> T) -> T {
        act(&Binding {
            kind: "credential",
            team: self.team,
            record: self.record,
            version: self.version,
            context: &[
                ("connection", self.connection),
                ("integration", self.integration),
                ("slot", self.slot),
            ],
        })
    }
}
