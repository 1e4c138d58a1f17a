//! From what is saved to a client that may speak: finishes a pairing, renews a token.

use crate::cli::Gateway;
use crate::device::credentials::{Locked, Paired};
use anyhow::{Context, bail};
use keyferry_client::{Client, DeviceFlow, PollOutcome, Tokens};
use keyferry_core::SecretString;
use url::Url;

const DEFAULT_GATEWAY: &str = "http://127.0.0.1:8474";

/// Seconds before its end at which a token is renewed rather than used.
const RENEW_BEFORE: i64 = 30;

/// The gateway that is meant: the one given, else the one paired last, else the usual place on this machine.
pub(crate) fn address(gateway: &Gateway) -> anyhow::Result<Url> {
    if let Some(url) = &gateway.url {
        return Ok(url.clone());
    }
    match Locked::open()?.credentials.current {
        Some(url) => Ok(url),
        None => Ok(Url::parse(DEFAULT_GATEWAY)?),
    }
}

/// A client with this machine's token.
pub(crate) async fn open(gateway: &Gateway) -> anyhow::Result<Client> {
    let url = address(gateway)?;
    if let Some(token) = &gateway.token {
        return Ok(Client::new(url, Some(SecretString::from(token.clone())))?);
    }
    let mut saved = Locked::open()?;
    let unpaired = Client::new(url.clone(), None)?;
    let tokens = match saved.credentials.gateways.get(&url) {
        None => bail!("this machine is not paired with {url}: run `keyferry pair --url {url}`"),
        Some(Paired::Pending(authorization)) => {
            let mut flow = DeviceFlow::resume(&unpaired, authorization.clone());
            match flow.poll().await? {
                PollOutcome::Paired(tokens) => tokens,
                PollOutcome::Pending(_) => bail!(
                    "the pairing waits for a person: open {} and type {}",
                    authorization.verification_uri,
                    authorization.user_code
                ),
                PollOutcome::Denied => {
                    bail!("the pairing was denied: run `keyferry pair --url {url}` to ask again")
                }
                PollOutcome::Expired => {
                    bail!("the pairing's code ran out: run `keyferry pair --url {url}` again")
                }
            }
        }
        Some(Paired::Device { tokens, expires_at }) if *expires_at - RENEW_BEFORE > now() => {
            return Ok(Client::new(url, Some(SecretString::from(tokens.access_token.clone())))?);
        }
        Some(Paired::Device { tokens, .. }) => {
            let renewed = unpaired.refresh(&tokens.refresh_token).await;
            renewed
                .with_context(|| format!("this machine's pairing with {url} no longer holds; pair again"))?
        }
    };
    let access = SecretString::from(tokens.access_token.clone());
    keep(&mut saved, url.clone(), tokens)?;
    Ok(Client::new(url, Some(access))?)
}

/// Saves the tokens of a pairing that is done.
pub(crate) fn keep(saved: &mut Locked, url: Url, tokens: Tokens) -> anyhow::Result<()> {
    let lifetime = i64::try_from(tokens.expires_in).unwrap_or(0);
    saved.credentials.gateways.insert(url.clone(), Paired::Device { tokens, expires_at: now() + lifetime });
    saved.credentials.current = Some(url);
    saved.save()
}

fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}
