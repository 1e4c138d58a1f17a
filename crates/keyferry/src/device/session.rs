//! From what is saved to a client that may speak: finishes a pairing, renews a token.

use crate::cli::{Gateway, TokenPlace};
use crate::device::credentials::{Device, Locked, Meant, Pending};
use crate::exit::Ended;
use keyferry_client::{Client, ClientError, DeviceFlow, PollOutcome, Tokens};
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
    match gateway.token() {
        Some(token) => Ok(Client::new(meant.url, Some(token))?),
        None => paired(&mut saved, &meant).await,
    }
}

/// A client with the tokens of this machine's pairing: one that was begun is finished, one that ran out renewed.
pub(super) async fn paired(saved: &mut Locked, meant: &Meant) -> anyhow::Result<Client> {
    let unpaired = Client::new(meant.url.clone(), None)?;
    finish_pending(saved, &unpaired, meant).await?;
    let device = saved.credentials.device(meant).await?.ok_or_else(|| not_paired(meant))?;
    let tokens = if device.expires_at - RENEW_BEFORE > now() {
        device.tokens
    } else {
        renew(saved, &unpaired, meant, &device).await?
    };
    Ok(Client::new(meant.url.clone(), Some(SecretString::from(tokens.access_token)))?)
}

pub(super) fn not_paired(meant: &Meant) -> Ended {
    let (url, command) = (shown(&meant.url), how_to_pair(meant));
    Ended::person(format!("this machine is not paired with {url}: run `{command}`"))
}

/// An address as people type it.
pub(super) fn shown(url: &Url) -> &str {
    url.as_str().trim_end_matches('/')
}

/// A pairing that was begun since goes on being asked for.
async fn renew(
    saved: &mut Locked,
    unpaired: &Client,
    meant: &Meant,
    device: &Device,
) -> anyhow::Result<Tokens> {
    let renewed = unpaired.refresh(&device.tokens.refresh_token).await;
    let renewed = renewed.map_err(|error| match error {
        ClientError::Refused(refusal) => anyhow::Error::new(ClientError::Refused(refusal)).context(format!(
            "this machine's pairing with {} no longer holds; run `{}`",
            shown(&meant.url),
            how_to_pair(meant)
        )),
        other => other.into(),
    })?;
    saved.credentials.keep_renewed(meant, Device::new(renewed.clone(), now())).await;
    saved.save()?;
    Ok(renewed)
}

/// Asks once how a pairing that was begun stands. It stops the command only when there is no older pairing to go on
/// with.
async fn finish_pending(saved: &mut Locked, unpaired: &Client, meant: &Meant) -> anyhow::Result<()> {
    let Some(paired) = saved.credentials.find(meant) else { return Ok(()) };
    let (Some(Pending { asked, tokens: place }), holds) = (paired.pending.clone(), paired.holds()) else {
        return Ok(());
    };
    let why = match DeviceFlow::resume(unpaired, asked.clone()).poll().await? {
        PollOutcome::Paired(tokens) => return keep(saved, meant, tokens, place).await,
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
    let url = shown(&meant.url);
    if meant.profile == url {
        format!("keyferry pair --url {url}")
    } else {
        format!("keyferry pair --profile {} --url {url}", meant.profile)
    }
}

/// Saves the tokens of a pairing that is done; its profile is used from now on.
pub(super) async fn keep(
    saved: &mut Locked,
    meant: &Meant,
    tokens: Tokens,
    place: Option<TokenPlace>,
) -> anyhow::Result<()> {
    saved.credentials.keep_new(meant, Device::new(tokens, now()), place).await?;
    saved.credentials.at(meant).pending = None;
    saved.credentials.current = Some(meant.profile.clone());
    saved.save()
}

fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}
