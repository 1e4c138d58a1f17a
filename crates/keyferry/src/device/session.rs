//! From what is saved to a client that may speak: finishes a pairing, renews a token.

use crate::cli::{Gateway, TokenPlace};
use crate::device::credentials::{Credentials, Device, Locked, Meant, Pending};
use crate::exit::Ended;
use anyhow::anyhow;
use keyferry_client::{Client, ClientError, DeviceFlow, PollOutcome, Tokens};
use keyferry_core::{ExposeSecret, SecretString};
use std::time::Duration;
use url::Url;

const DEFAULT_GATEWAY: &str = "http://127.0.0.1:8474";

/// The profile and gateway that are meant: those given, else the last, else the usual place on this machine.
pub(crate) fn meant(gateway: &Gateway, saved: &Credentials) -> anyhow::Result<Meant> {
    Ok(saved.meant(gateway.profile(), gateway.url()?, Url::parse(DEFAULT_GATEWAY)?))
}

/// A client with this machine's token.
pub(crate) async fn open(gateway: &Gateway) -> anyhow::Result<Client> {
    if let (Some(url), Some(token)) = (gateway.url()?, gateway.token()) {
        return Ok(Client::new(url, Some(token))?);
    }
    let mut saved = Locked::open().await?;
    let meant = meant(gateway, &saved.credentials)?;
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
    let tokens =
        if device.is_fresh(now()) { device.tokens } else { renew(saved, &unpaired, meant, &device).await? };
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
    saved.keep_renewed(meant, Device::new(renewed.clone(), now())).await?;
    Ok(renewed)
}

/// Asks once how a pairing that was begun stands. It stops the command only when there is no older pairing to go on
/// with.
async fn finish_pending(saved: &mut Locked, unpaired: &Client, meant: &Meant) -> anyhow::Result<()> {
    let Some(paired) = saved.credentials.find(meant) else { return Ok(()) };
    let (Some(Pending { asked, .. }), holds) = (paired.pending.clone(), paired.holds()) else {
        return Ok(());
    };
    let mut flow = DeviceFlow::resume(unpaired, asked.clone());
    match ask(saved, unpaired, &mut flow, meant).await {
        Ok(Standing::Paired) => Ok(()),
        Ok(Standing::Over(why)) if holds => {
            eprintln!("keyferry: {why}; the pairing before it goes on");
            Ok(())
        }
        Ok(Standing::Waiting(_)) | Err(_) if holds => Ok(()),
        Ok(Standing::Over(why)) => {
            Err(Ended::person(format!("{why}: run `{}` again", how_to_pair(meant))).into())
        }
        Ok(Standing::Waiting(_)) => {
            let (place, code) = (&asked.verification_uri, &asked.user_code);
            Err(Ended::person(format!("the pairing waits for a person: open {place} and type {code}")).into())
        }
        Err(error) => Err(error),
    }
}

/// How a pairing that was begun stands.
pub(super) enum Standing {
    /// Its tokens are saved.
    Paired,
    /// The person has not decided; ask again after this long.
    Waiting(Duration),
    /// It brought in nothing, for this reason.
    Over(String),
}

/// Asks the gateway once, under the lock: the code is good for one answer, and whoever gets it saves it.
pub(super) async fn ask(
    saved: &mut Locked,
    unpaired: &Client,
    flow: &mut DeviceFlow<'_>,
    meant: &Meant,
) -> anyhow::Result<Standing> {
    let code = &flow.authorization().user_code;
    let paired = saved.credentials.find(meant);
    let pending =
        paired.and_then(|paired| paired.pending.as_ref()).filter(|one| one.asked.user_code == *code);
    let Some(Pending { tokens: place, .. }) = pending.cloned() else {
        let granted = paired.is_some_and(|paired| paired.granted_by.as_ref() == Some(code));
        let other = || Standing::Over("another command ended this pairing, or began a newer one".to_owned());
        return Ok(if granted { Standing::Paired } else { other() });
    };
    let why = match flow.poll().await? {
        PollOutcome::Paired(tokens) => match keep(saved, unpaired, meant, tokens, place).await {
            Ok(()) => return Ok(Standing::Paired),
            Err(why) => format!("{why:#}"),
        },
        PollOutcome::Pending(wait) => return Ok(Standing::Waiting(wait)),
        PollOutcome::Denied => "the pairing was denied".to_owned(),
        PollOutcome::Expired => "the code ran out before a person approved it".to_owned(),
        PollOutcome::Gone => {
            "the gateway takes the pairing's code no more; if a person approved it, revoke that \
                              device on the Devices page"
                .to_owned()
        }
    };
    saved.credentials.at(meant).pending = None;
    saved.save()?;
    Ok(Standing::Over(why))
}

/// Saves the tokens of a pairing that is done. Those that can't be kept where they shall be are given back: nobody has
/// them, and the code brings in no others.
async fn keep(
    saved: &mut Locked,
    unpaired: &Client,
    meant: &Meant,
    tokens: Tokens,
    place: Option<TokenPlace>,
) -> anyhow::Result<()> {
    let refresh_token = SecretString::from(tokens.refresh_token.clone());
    let Err(why) = saved.keep_new(meant, Device::new(tokens, now()), place).await else { return Ok(()) };
    let given_back = unpaired.revoke(refresh_token.expose_secret()).await;
    let left = given_back.map_or("revoke the device on the Devices page", |()| "the device was given back");
    Err(anyhow!("{why:#}; {left}"))
}

fn how_to_pair(meant: &Meant) -> String {
    let url = shown(&meant.url);
    if meant.profile == url {
        format!("keyferry pair --url {url}")
    } else {
        format!("keyferry pair --profile {} --url {url}", meant.profile)
    }
}

pub(super) fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}
