//! `keyferry pair`: shows where to go and what to type, then waits until a person has decided. `keyferry unpair` gives
//! the device back.

use crate::cli::{Gateway, TokenPlace};
use crate::device::credentials::{Locked, Meant, Pending};
use crate::device::{keyring, session};
use crate::exit::Ended;
use crate::print;
use anyhow::Context;
use indicatif::ProgressBar;
use keyferry_client::{Client, ClientError, DeviceAuthorization, DeviceFlow, PollOutcome, Tokens};
use serde_json::json;
use std::io::IsTerminal;
use std::time::Duration;
use tokio::time::Instant;

/// After which a gateway that did not answer is asked again.
const AGAIN: Duration = Duration::from_secs(5);

pub(crate) async fn pair(
    gateway: &Gateway,
    label: Option<String>,
    place: Option<TokenPlace>,
) -> anyhow::Result<()> {
    let meant = session::meant(gateway, &Locked::open()?)?;
    if place == Some(TokenPlace::Keyring) {
        keyring::must_be_there().await.context("without `--tokens keyring` they are kept in a file")?;
    }
    let client = Client::new(meant.url.clone(), None)?;
    let label = label.unwrap_or_else(usual_label);
    let flow = DeviceFlow::begin(&client, &label).await?;
    let asked = flow.authorization().clone();
    // Before it is waited for: whatever ends the waiting, the next command finishes the pairing.
    remember(&meant, &asked, place)?;
    if gateway.json {
        let DeviceAuthorization { user_code, verification_uri, expires_in, .. } = asked;
        return print::json(
            &json!({"verificationUri": verification_uri, "userCode": user_code, "expiresIn": expires_in}),
        );
    }
    announce(&asked);
    if !std::io::stdout().is_terminal() {
        println!("The next keyferry command finishes the pairing.");
        return Ok(());
    }
    let tokens = decided(flow, &meant).await?;
    let mut saved = Locked::open()?;
    session::keep(&mut saved, &meant, tokens, place).await?;
    println!("Paired with {}", session::shown(&meant.url));
    println!("Tokens in {}", saved.place(&meant));
    println!("Next: keyferry tools search \"what you want to do\"");
    Ok(())
}

/// What tells the machines of a person apart on the pages.
fn usual_label() -> String {
    let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    match machine.trim() {
        "" => "Keyferry command line".to_owned(),
        machine => format!("Keyferry command line on {machine}"),
    }
}

/// Until a person has said yes. A no, and a code that ran out, end the pairing.
async fn decided(mut flow: DeviceFlow<'_>, meant: &Meant) -> anyhow::Result<Tokens> {
    let spinner = ProgressBar::new_spinner()
        .with_message("waiting for a person; after Ctrl-C the next command finishes it");
    spinner.enable_steady_tick(Duration::from_millis(120));
    let end = Instant::now() + Duration::from_secs(flow.authorization().expires_in);
    let why = loop {
        match flow.poll().await {
            Ok(PollOutcome::Paired(tokens)) => {
                spinner.finish_and_clear();
                return Ok(tokens);
            }
            Ok(PollOutcome::Pending(wait)) => tokio::time::sleep(wait).await,
            Ok(PollOutcome::Denied) => break "the pairing was denied",
            Ok(PollOutcome::Expired) => break "the code ran out before a person approved it: run it again",
            Err(ClientError::Unreachable { .. }) if Instant::now() < end => tokio::time::sleep(AGAIN).await,
            Err(other) => return Err(other.into()),
        }
    };
    spinner.finish_and_clear();
    let mut saved = Locked::open()?;
    saved.credentials.at(meant).pending = None;
    saved.save()?;
    Err(Ended::person(why).into())
}

fn remember(meant: &Meant, asked: &DeviceAuthorization, tokens: Option<TokenPlace>) -> anyhow::Result<()> {
    let mut saved = Locked::open()?;
    saved.credentials.at(meant).pending = Some(Pending { asked: asked.clone(), tokens });
    saved.credentials.current = Some(meant.profile.clone());
    saved.save()
}

fn announce(asked: &DeviceAuthorization) {
    println!("Open   {}", asked.verification_uri);
    println!("Type   {}", asked.user_code);
    println!(
        "Only approve it if you started it yourself. The code holds for {} minutes.",
        asked.expires_in / 60
    );
}

/// The gateway revokes the device before this machine forgets it.
pub(crate) async fn unpair(gateway: &Gateway) -> anyhow::Result<()> {
    let mut saved = Locked::open()?;
    let meant = session::meant(gateway, &saved)?;
    if saved.credentials.find(&meant).is_none() {
        return Err(session::not_paired(&meant).into());
    }
    if let Some(device) = saved.credentials.device(&meant).await? {
        Client::new(meant.url.clone(), None)?.revoke(&device.tokens.refresh_token).await?;
    }
    saved.credentials.forget(&meant).await;
    saved.save()?;
    if gateway.json {
        return print::json(&json!({"unpaired": meant.profile}));
    }
    println!("This machine is not paired with {} any more.", session::shown(&meant.url));
    Ok(())
}
