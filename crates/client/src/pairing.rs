//! Pairing by RFC 8628: ask for a code, show it to a person, poll until they have decided.

use crate::client::Client;
use crate::error::ClientError;
use serde::{Deserialize, Serialize};
use std::time::Duration;

const DEVICE_CODE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// What the gateway answers to a device that wants to pair. Times are seconds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeviceAuthorization {
    pub device_code: String,
    pub user_code: String,
    pub verification_uri: String,
    pub expires_in: u64,
    #[serde(default = "five")]
    pub interval: u64,
}

fn five() -> u64 {
    5
}

/// What a paired device acts with. Not `Debug`: both are secrets.
#[derive(Clone, Serialize, Deserialize)]
pub struct Tokens {
    pub access_token: String,
    pub refresh_token: String,
    /// Seconds that the access token lives.
    pub expires_in: u64,
}

/// Where a pairing stands.
pub enum PollOutcome {
    /// The person has not decided; ask again after this long.
    Pending(Duration),
    Paired(Tokens),
    Denied,
    Expired,
}

/// One pairing in progress.
pub struct DeviceFlow<'a> {
    client: &'a Client,
    authorization: DeviceAuthorization,
    interval: Duration,
}

impl<'a> DeviceFlow<'a> {
    /// Asks for a code. `label` is what the person will read that the device calls itself.
    pub async fn begin(client: &'a Client, label: &str) -> Result<Self, ClientError> {
        let form = [("client_id", "keyferry-cli"), ("device_label", label)];
        let reply = client.post_form(&["oauth", "device_authorization"], &form).await?;
        Ok(Self::resume(client, reply.value))
    }

    /// Goes on with a pairing that was begun before.
    #[must_use]
    pub fn resume(client: &'a Client, authorization: DeviceAuthorization) -> Self {
        let interval = Duration::from_secs(authorization.interval);
        Self { client, authorization, interval }
    }

    #[must_use]
    pub fn authorization(&self) -> &DeviceAuthorization {
        &self.authorization
    }

    /// Asks once. The caller waits between two askings for as long as `Pending` says.
    pub async fn poll(&mut self) -> Result<PollOutcome, ClientError> {
        let form = [
            ("grant_type", DEVICE_CODE_GRANT),
            ("device_code", self.authorization.device_code.as_str()),
            ("client_id", "keyferry-cli"),
        ];
        let refusal = match self.client.post_form::<Tokens>(&["oauth", "token"], &form).await {
            Ok(reply) => return Ok(PollOutcome::Paired(reply.value)),
            Err(ClientError::Refused(refusal)) => refusal,
            Err(other) => return Err(other),
        };
        match refusal.code.as_str() {
            "authorization_pending" => Ok(PollOutcome::Pending(self.interval)),
            "slow_down" => {
                self.interval += Duration::from_secs(5);
                Ok(PollOutcome::Pending(self.interval))
            }
            "access_denied" => Ok(PollOutcome::Denied),
            "expired_token" => Ok(PollOutcome::Expired),
            _ => Err(ClientError::Refused(refusal)),
        }
    }
}

impl Client {
    /// Trades a refresh token for new tokens; the old one is spent.
    pub async fn refresh(&self, refresh_token: &str) -> Result<Tokens, ClientError> {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token),
            ("client_id", "keyferry-cli"),
        ];
        Ok(self.post_form(&["oauth", "token"], &form).await?.value)
    }

    /// Gives the device back: its tokens open nothing any more.
    pub async fn revoke(&self, refresh_token: &str) -> Result<(), ClientError> {
        let form = [("token", refresh_token)];
        self.post_form::<serde_json::Value>(&["oauth", "revoke"], &form).await.map(|_| ())
    }
}
