//! Access tokens: JWTs of ten minutes (RFC 9068) for one resource, naming a device and its generation.
//!
//! A valid signature is not enough: the authenticator looks the device up, so that a revoked one is refused although
//! its token still has minutes to live.

use crate::IdentityParts;
use crate::signing_keys::{OpenKey, Purpose, SigningKeyError, SigningKeys};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use keyferry_core::{DeviceId, ExposeSecret, SecretString, Timestamp, UserId};
use keyferry_store::Device;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long an access token is taken.
pub const ACCESS_TOKEN_LASTS: Duration = Duration::from_secs(10 * 60);
/// The media type in the header (RFC 9068), so that no other JWT of ours can be taken for an access token.
const TYPE: &str = "at+jwt";
/// The longest that is looked at, in bytes; ours have about 600.
const LONGEST: usize = 4096;

/// Why an access token was not taken.
#[derive(Debug, thiserror::Error)]
pub enum AccessTokenError {
    /// Not a JWT of this gateway: another form, type, algorithm, key, issuer or signature.
    #[error("not an access token of this gateway")]
    Invalid,
    #[error("the access token has expired")]
    Expired,
    /// It was made for another door.
    #[error("the access token is for another resource")]
    OtherResource,
    #[error(transparent)]
    Key(#[from] SigningKeyError),
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Claims {
    iss: String,
    aud: String,
    pub sub: UserId,
    client_id: String,
    pub device: DeviceId,
    pub generation: i64,
    /// Seconds since 1970, as the JWT standard has it.
    iat: i64,
    exp: i64,
    jti: String,
}

/// Signs and reads access tokens.
#[derive(Clone)]
pub(crate) struct AccessTokens {
    parts: IdentityParts,
    keys: SigningKeys,
}

impl AccessTokens {
    pub(crate) fn new(parts: IdentityParts, keys: SigningKeys) -> Self {
        Self { parts, keys }
    }

    /// A token with which the device may call `resource`.
    pub(crate) async fn issue(
        &self,
        device: &Device,
        resource: &str,
    ) -> Result<SecretString, SigningKeyError> {
        let key = self.keys.active(Purpose::AccessToken).await?;
        let now = seconds(self.parts.now());
        let claims = Claims {
            iss: self.parts.issuer.clone(),
            aud: resource.to_owned(),
            sub: device.user.clone(),
            client_id: device.client.clone(),
            device: device.id.clone(),
            generation: device.generation,
            iat: now,
            exp: now + i64::try_from(ACCESS_TOKEN_LASTS.as_secs()).unwrap_or(0),
            jti: crate::secret::random_secret().expose_secret().to_owned(),
        };
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(key.id.clone());
        let token = jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(&key.secret))
            .expect("HS256 signs claims of strings and numbers with a key of any length");
        Ok(SecretString::from(token))
    }

    /// The claims of a token that this gateway made for `resource` and that has not expired.
    pub(crate) async fn read(&self, token: &str, resource: &str) -> Result<Claims, AccessTokenError> {
        let key = self.key_of(token).await?;
        let decoding = DecodingKey::from_secret(&key.secret);
        let claims = jsonwebtoken::decode::<Claims>(token, &decoding, &self.validation())
            .map_err(|_| AccessTokenError::Invalid)?
            .claims;
        if claims.exp <= seconds(self.parts.now()) {
            return Err(AccessTokenError::Expired);
        }
        if claims.aud != resource {
            return Err(AccessTokenError::OtherResource);
        }
        Ok(claims)
    }

    async fn key_of(&self, token: &str) -> Result<OpenKey, AccessTokenError> {
        if token.len() > LONGEST {
            return Err(AccessTokenError::Invalid);
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| AccessTokenError::Invalid)?;
        let is_ours = header.typ.as_deref() == Some(TYPE) && header.alg == Algorithm::HS256;
        let id = header.kid.filter(|_| is_ours).ok_or(AccessTokenError::Invalid)?;
        self.keys.by_id(Purpose::AccessToken, &id).await?.ok_or(AccessTokenError::Invalid)
    }

    /// Algorithm and issuer are the library's to check. Expiry and audience are ours: it asks the system's clock,
    /// and doesn't tell a token for another door from a forged one.
    fn validation(&self) -> Validation {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[&self.parts.issuer]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation
    }
}

fn seconds(at: Timestamp) -> i64 {
    at.micros().div_euclid(1_000_000)
}
