//! What a program asks of a person at `/oauth/authorize`, as it stands in the address. The page is the dashboard's.
//!
//! Whatever is wrong with it is told to the person and never to the address that it names: anybody can register one, and
//! a gateway that led there by itself would lend it its good name. Only a person's own yes or no leads back.

use super::resource;
use crate::state::Doors;
use keyferry_identity::{Asked, AskedWrong, Wish};
use keyferry_store::StoreError;
use serde::Deserialize;

/// Longer than any that is in use, in bytes.
const LONGEST_STATE: usize = 2048;

#[derive(Debug, Default, Deserialize)]
pub(crate) struct AuthorizeQuery {
    response_type: Option<String>,
    client_id: Option<String>,
    redirect_uri: Option<String>,
    state: Option<String>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
    resource: Option<String>,
}

/// Why the person is not even asked.
#[derive(Debug)]
pub(crate) enum NotAsked {
    /// The standard's code, and what is wrong.
    Wrong(&'static str, String),
    Store(StoreError),
}

impl AuthorizeQuery {
    /// The wish behind the query.
    ///
    /// # Errors
    /// As [`NotAsked`] says.
    pub(crate) async fn wish(&self, doors: &Doors) -> Result<Wish, NotAsked> {
        let asked = Asked {
            client_id: required("client_id", self.client_id.as_deref())?,
            redirect_uri: required("redirect_uri", self.redirect_uri.as_deref())?,
            code_challenge: self.code_challenge.as_deref().unwrap_or_default(),
            code_challenge_method: self.code_challenge_method.as_deref(),
            resource: &self.resource(doors)?,
        };
        if self.response_type.as_deref() != Some("code") {
            return Err(wrong("unsupported_response_type", "`response_type` has to be `code`"));
        }
        if self.state.as_ref().is_some_and(|state| state.len() > LONGEST_STATE) {
            return Err(wrong("invalid_request", "`state` is too long"));
        }
        doors.identity.oauth.wish(&asked).await.map_err(NotAsked::from)
    }

    fn resource(&self, doors: &Doors) -> Result<String, NotAsked> {
        let asked = required("resource", self.resource.as_deref())?;
        let named = resource::named(doors, Some(asked)).ok().flatten();
        named.ok_or_else(|| wrong("invalid_target", "`resource` is not one of this gateway"))
    }

    /// Where the browser goes with an answer: the standard's parameters, the program's own `state`, and who answers
    /// (RFC 9207), so that a program that asks several servers can't be made to mix them up.
    pub(crate) fn answer(&self, doors: &Doors, wish: &Wish, name: &str, value: &str) -> String {
        let issuer = doors.link("");
        let mut parameters = vec![(name, value)];
        parameters.extend(self.state.as_deref().map(|state| ("state", state)));
        parameters.push(("iss", &issuer));
        wish.redirect.with(&parameters)
    }
}

fn required<'a>(name: &str, given: Option<&'a str>) -> Result<&'a str, NotAsked> {
    let given = given.filter(|text| !text.is_empty());
    given.ok_or_else(|| wrong("invalid_request", format!("`{name}` is missing, or stands there twice")))
}

fn wrong(code: &'static str, what: impl Into<String>) -> NotAsked {
    NotAsked::Wrong(code, what.into())
}

impl From<AskedWrong> for NotAsked {
    fn from(error: AskedWrong) -> Self {
        match error {
            AskedWrong::Client => wrong("invalid_client", error.to_string()),
            AskedWrong::Redirect | AskedWrong::Challenge => wrong("invalid_request", error.to_string()),
            AskedWrong::Store(error) => Self::Store(error),
        }
    }
}
