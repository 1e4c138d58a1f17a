//! The middle of the flow: what a program wishes, and the code that a person's yes brings it.

use super::clients::redirect_of;
use super::{Challenge, OAuth, RedirectUri};
use crate::secret::{hash, random_secret};
use keyferry_core::{ExposeSecret, Principal, Rule, SecretString};
use keyferry_store::{OAuthClient, OAuthCode, StoreError, oauth_codes};
use std::time::Duration;

/// How long a code brings tokens.
pub const CODE_LASTS: Duration = Duration::from_secs(60);

/// What a program asks, as it stands in the address that it sends a person to.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    pub client_id: &'a str,
    pub redirect_uri: &'a str,
    pub code_challenge: &'a str,
    pub code_challenge_method: Option<&'a str>,
    /// What the tokens would be for; whether there is such a thing is the door's to know.
    pub resource: &'a str,
}

/// A wish that can be granted, for a person to look at.
#[derive(Debug, Clone)]
pub struct Wish {
    pub client: OAuthClient,
    pub redirect: RedirectUri,
    challenge: Challenge,
    resource: String,
}

/// What is wrong with a wish. Nothing of it is ever told to the address that it names.
#[derive(Debug, thiserror::Error)]
pub enum AskedWrong {
    #[error("there is no such client: it was never registered, or nobody let it in for a day")]
    Client,
    #[error("the redirect URI is not one that the client registered")]
    Redirect,
    #[error("`code_challenge` has to be there, by the method S256")]
    Challenge,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a person's yes brought no code.
#[derive(Debug, thiserror::Error)]
pub enum AllowError {
    #[error("As a viewer of this team you can’t add devices; ask an administrator.")]
    Viewer,
    #[error("The program’s registration has just ended; let it begin once more.")]
    Over,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl OAuth {
    /// Looks a wish through.
    ///
    /// # Errors
    /// As [`AskedWrong`] says.
    pub async fn wish(&self, asked: &Asked<'_>) -> Result<Wish, AskedWrong> {
        let client = self.client(asked.client_id).await?.ok_or(AskedWrong::Client)?;
        let redirect = redirect_of(&client, asked.redirect_uri).ok_or(AskedWrong::Redirect)?;
        let challenge = Challenge::parse(asked.code_challenge, asked.code_challenge_method);
        let challenge = challenge.ok_or(AskedWrong::Challenge)?;
        Ok(Wish { client, redirect, challenge, resource: asked.resource.to_owned() })
    }

    /// A person grants the wish: answers a code for it.
    ///
    /// # Errors
    /// As [`AllowError`] says.
    pub async fn allow(
        &self,
        person: &Principal,
        wish: &Wish,
        rule: Rule,
    ) -> Result<SecretString, AllowError> {
        if !person.role.may_connect() {
            return Err(AllowError::Viewer);
        }
        if !self.note_use_of_client(&wish.client.id).await? {
            return Err(AllowError::Over);
        }
        let (code, now) = (random_secret(), self.parts.now());
        let row = OAuthCode {
            hash: hash(code.expose_secret()),
            client: wish.client.id.clone(),
            client_name: wish.client.name.clone(),
            redirect_uri: wish.redirect.as_str().to_owned(),
            challenge: wish.challenge.as_str().to_owned(),
            resource: wish.resource.clone(),
            team: person.team.clone(),
            user: person.user.clone(),
            rule,
            created_at: now,
            expires_at: now + CODE_LASTS,
            device: None,
        };
        oauth_codes::insert(&self.parts.db, &row).await?;
        Ok(code)
    }
}
