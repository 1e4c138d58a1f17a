//! From what is saved to a client that may speak: finishes a pairing, renews a token.

use crate::cli::Gateway;
use crate::device::credentials::{Device, Locked, Meant, Pending};
use crate::exit::Ended;
use anyhow::Context;
use keyferry_client::{Client, DeviceFlow, PollOutcome, Tokens};
use keyferry_core::SecretString;
use url::Url;

const DEFAULT_GATEWAY: &str = "http://127.0.0.1:8474";

/// Seconds before its end at which a token is renewed rather than used.
const RENEW_BEFORE: i64 = 30;

/// The profile and gateway that are meant: those given, else the last, else the usual place on this machine.
pub(crate) fn meant(gateway: &Gateway, saved: &Locked) -> anyhow::Result<Meant> {
    Ok(saved.credentials.meant(gateway.profile(), gateway.url()?, Url::parse(DEFAULT_GATEWAY)?))
}

/// A client with this machine's token.
pub(crate) async fn open(gateway: &Gateway) -> anyhow::Result<Client> {
    if let (Some(url), Some(token)) = (gateway.url()?, gateway.token()) {
        return Ok(Client::new(url, Some(token))?);
    }
    let mut saved = Locked::open()?;
    let meant = meant(gateway, &saved)?;
    if let Some(token) = gateway.token() {
        return Ok(Client::new(meant.url, Some(token))?);
    }
    let unpaired = Client::new(meant.url.clone(), None)?;
    finish_pending(&mut saved, &unpaired, &meant).await?;
    let device = saved.credentials.device(&meant)?.ok_or_else(|| {
        Ended::person(format!("this machine is not paired with {}: run `{}`", meant.url, how_to_pair(&meant)))
    })?;
    let tokens = if device.expires_at - RENEW_BEFORE > now() {
        device.tokens
    } else {
        renew(&mut saved, &unpaired, &meant, &device).await?
    };
    Ok(Client::new(meant.url, Some(SecretString::from(tokens.access_token)))?)
}

/// A pairing that was begun since goes on being asked for.
async fn renew(
    saved: &mut Locked,
    unpaired: &Client,
    meant: &Meant,
    device: &Device,
) -> anyhow::Result<Tokens> {
    let renewed = unpaired.refresh(&device.tokens.refresh_token).await;
    let renewed = renewed
        .with_context(|| format!("this machine's pairing with {} no longer holds; pair again", meant.url))?;
    saved.credentials.keep(meant, Device::new(renewed.clone(), now()), None)?;
    saved.save()?;
    Ok(renewed)
}

/// Asks once how a pairing that was begun stands. It stops the command only when there is no older pairing to go on
/// with.
async fn finish_pending(saved: &mut Locked, unpaired: &Client, meant: &Meant) -> anyhow::Result<()> {
    let Some(paired) = saved.credentials.find(meant) else { return Ok(()) };
    let (Some(Pending { asked, keyring }), holds) = (paired.pending.clone(), paired.holds()) else {
        return Ok(());
    };
    let why = match DeviceFlow::resume(unpaired, asked.clone()).poll().await? {
        PollOutcome::Paired(tokens) => return keep(saved, meant, tokens, keyring),
        PollOutcome::Pending(_) if holds => return Ok(()),
        PollOutcome::Pending(_) => {
            let (place, code) = (&asked.verification_uri, &asked.user_code);
            return Err(Ended::person(format!(
                "the pairing waits for a person: open {place} and type {code}"
            ))
            .into());
        }
        PollOutcome::Denied => format!("the pairing was denied: run `{}` to ask again", how_to_pair(meant)),
        PollOutcome::Expired => format!("the pairing's code ran out: run `{}` again", how_to_pair(meant)),
    };
    saved.credentials.at(meant).pending = None;
    saved.save()?;
    if holds { Ok(()) } else { Err(Ended::person(why).into()) }
}

fn how_to_pair(meant: &Meant) -> String {
    let url = meant.url.as_str().trim_end_matches('/');
    if meant.profile == url {
        format!("keyferry pair --url {url}")
    } else {
        format!("keyferry pair --profile {} --url {url}", meant.profile)
    }
}

/// Saves the tokens of a pairing that is done; its profile is used from now on.
pub(crate) fn keep(saved: &mut Locked, meant: &Meant, tokens: Tokens, keyring: bool) -> anyhow::Result<()> {
    saved.credentials.keep(meant, Device::new(tokens, now()), Some(keyring))?;
    saved.credentials.at(meant).pending = None;
    saved.credentials.current = Some(meant.profile.clone());
    saved.save()
}

fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}
