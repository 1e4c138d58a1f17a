//! A refresh token that came by a code brings access tokens for the resource of that code, and for its client, alone.

use super::OAuth;
use crate::device_token::RefreshToken;
use crate::refresh::{RefreshError, TokenPair};
use keyferry_core::{ExposeSecret, SecretString};
use keyferry_store::{OAuthGrant, StoreError, oauth_grants, system};

/// Why a refresh token brought nothing.
#[derive(Debug, thiserror::Error)]
pub enum GrantError {
    #[error("the refresh token is for another resource")]
    OtherResource,
    #[error("the refresh token belongs to another client")]
    OtherClient,
    #[error(transparent)]
    Refresh(#[from] RefreshError),
}

impl OAuth {
    /// Exchanges a refresh token. `asked` is the resource that was named, `otherwise` the one of devices that came
    /// without a code and name none. `client` is checked when it is named and the token came by a code.
    ///
    /// # Errors
    /// As [`GrantError`] says.
    pub async fn refresh(
        &self,
        token: &SecretString,
        client: Option<&str>,
        asked: Option<&str>,
        otherwise: &str,
    ) -> Result<TokenPair, GrantError> {
        let grant = self.grant_of(token).await.map_err(RefreshError::from)?;
        let resource = match &grant {
            Some(grant) if client.is_some_and(|client| client != grant.client) => {
                return Err(GrantError::OtherClient);
            }
            Some(grant) if asked.is_some_and(|asked| asked != grant.resource) => {
                return Err(GrantError::OtherResource);
            }
            Some(grant) => grant.resource.as_str(),
            None => asked.unwrap_or(otherwise),
        };
        Ok(self.refresh.exchange(token.expose_secret(), resource).await?)
    }

    async fn grant_of(&self, token: &SecretString) -> Result<Option<OAuthGrant>, StoreError> {
        let Ok(token) = RefreshToken::parse(token.expose_secret()) else { return Ok(None) };
        let db = &self.parts.db;
        let Some(row) = system::refresh_token_by_hash(db, &token.hash()).await? else { return Ok(None) };
        oauth_grants::get(db, &row.team, &row.device).await
    }
}
