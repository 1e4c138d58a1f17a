//! From what is saved to a client that may speak: finishes a pairing, renews a token.

use crate::cli::Gateway;
use crate::device::credentials::{Device, Locked, Paired};
use crate::exit::Ended;
use anyhow::Context;
use keyferry_client::{Client, DeviceFlow, PollOutcome, Tokens};
use keyferry_core::SecretString;
use url::Url;

const DEFAULT_GATEWAY: &str = "http://127.0.0.1:8474";

/// Seconds before its end at which a token is renewed rather than used.
const RENEW_BEFORE: i64 = 30;

/// The gateway that is meant: the one given, else the one paired last, else the usual place on this machine.
pub(crate) fn address(gateway: &Gateway) -> anyhow::Result<Url> {
    if let Some(url) = gateway.url()? {
        return Ok(url);
    }
    match Locked::open()?.credentials.current {
        Some(url) => Ok(url),
        None => Ok(Url::parse(DEFAULT_GATEWAY)?),
    }
}

/// A client with this machine's token.
pub(crate) async fn open(gateway: &Gateway) -> anyhow::Result<Client> {
    let url = address(gateway)?;
    if let Some(token) = gateway.token() {
        return Ok(Client::new(url, Some(token))?);
    }
    let mut saved = Locked::open()?;
    let unpaired = Client::new(url.clone(), None)?;
    finish_pending(&mut saved, &unpaired, &url).await?;
    let device = saved.credentials.gateways.get(&url).and_then(|paired| paired.device.clone());
    let device = device.ok_or_else(|| {
        Ended::person(format!("this machine is not paired with {url}: run `keyferry pair --url {url}`"))
    })?;
    let tokens = if device.expires_at - RENEW_BEFORE > now() {
        device.tokens
    } else {
        let renewed = unpaired.refresh(&device.tokens.refresh_token).await;
        let renewed = renewed
            .with_context(|| format!("this machine's pairing with {url} no longer holds; pair again"))?;
        keep(&mut saved, url.clone(), renewed.clone())?;
        renewed
    };
    Ok(Client::new(url, Some(SecretString::from(tokens.access_token)))?)
}

/// Asks once how a pairing that was begun stands. It stops the command only when there is no older pairing to go on
/// with.
async fn finish_pending(saved: &mut Locked, unpaired: &Client, url: &Url) -> anyhow::Result<()> {
    let Some(paired) = saved.credentials.gateways.get_mut(url) else { return Ok(()) };
    let Some(asked) = paired.pending.clone() else { return Ok(()) };
    let why = match DeviceFlow::resume(unpaired, asked.clone()).poll().await? {
        PollOutcome::Paired(tokens) => return keep(saved, url.clone(), tokens),
        PollOutcome::Pending(_) if paired.device.is_some() => return Ok(()),
        PollOutcome::Pending(_) => {
            format!(
                "the pairing waits for a person: open {} and type {}",
                asked.verification_uri, asked.user_code
            )
        }
        PollOutcome::Denied => {
            format!("the pairing was denied: run `keyferry pair --url {url}` to ask again")
        }
        PollOutcome::Expired => format!("the pairing's code ran out: run `keyferry pair --url {url}` again"),
    };
    if !why.starts_with("the pairing waits") {
        paired.pending = None;
    }
    let holds = paired.device.is_some();
    saved.save()?;
    if holds { Ok(()) } else { Err(Ended::person(why).into()) }
}

/// Saves the tokens of a pairing that is done.
pub(crate) fn keep(saved: &mut Locked, url: Url, tokens: Tokens) -> anyhow::Result<()> {
    let lifetime = i64::try_from(tokens.expires_in).unwrap_or(0);
    let device = Some(Device { tokens, expires_at: now() + lifetime });
    saved.credentials.gateways.insert(url.clone(), Paired { device, pending: None });
    saved.credentials.current = Some(url);
    saved.save()
}

fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}
