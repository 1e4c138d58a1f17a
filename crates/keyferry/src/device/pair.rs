//! `keyferry pair`: shows where to go and what to type, then waits until a person has decided. `keyferry unpair` gives
//! the device back.

use crate::cli::{Gateway, TokenPlace};
use crate::device::credentials::{Credentials, Locked, Meant, Pending};
use crate::device::session::Standing;
use crate::device::{keyring, session};
use crate::exit::Ended;
use crate::print;
use anyhow::Context;
use indicatif::ProgressBar;
use keyferry_client::{Client, ClientError, DeviceAuthorization, DeviceFlow};
use keyferry_core::visible_text;
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
    let meant = session::meant(gateway, &Credentials::read()?)?;
    if place == Some(TokenPlace::Keyring) {
        keyring::must_be_there().await.context("without `--tokens keyring` they are kept in a file")?;
    }
    let client = Client::new(meant.url.clone(), None)?;
    let label = label.unwrap_or_else(usual_label);
    let flow = DeviceFlow::begin(&client, &label).await?;
    let asked = flow.authorization().clone();
    // Before it is waited for: whatever ends the waiting, the next command finishes the pairing.
    remember(&meant, &asked, place).await?;
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
    decided(&client, flow, &meant).await?;
    println!("Paired with {}", session::shown(&meant.url));
    println!("Tokens in {}", Locked::open().await?.place(&meant));
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
async fn decided(client: &Client, mut flow: DeviceFlow<'_>, meant: &Meant) -> anyhow::Result<()> {
    let spinner = ProgressBar::new_spinner()
        .with_message("waiting for a person; after Ctrl-C the next command finishes it");
    spinner.enable_steady_tick(Duration::from_millis(120));
    let end = Instant::now() + Duration::from_secs(flow.authorization().expires_in);
    let standing = loop {
        // Locked while it asks, and not while it waits.
        let asked = {
            let mut saved = Locked::open().await?;
            session::ask(&mut saved, client, &mut flow, meant).await
        };
        match asked {
            Ok(Standing::Waiting(wait)) => tokio::time::sleep(wait).await,
            Err(error) if is_away(&error) && Instant::now() < end => tokio::time::sleep(AGAIN).await,
            other => break other,
        }
    };
    spinner.finish_and_clear();
    match standing? {
        Standing::Over(why) => Err(Ended::person(format!("{why}: run it again")).into()),
        Standing::Paired | Standing::Waiting(_) => Ok(()),
    }
}

fn is_away(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(ClientError::Unreachable { .. }))
}

/// The profile is used from now on.
async fn remember(
    meant: &Meant,
    asked: &DeviceAuthorization,
    tokens: Option<TokenPlace>,
) -> anyhow::Result<()> {
    let mut saved = Locked::open().await?;
    saved.credentials.at(meant).pending = Some(Pending { asked: asked.clone(), tokens });
    saved.credentials.current = Some(meant.profile.clone());
    saved.save()
}

fn announce(asked: &DeviceAuthorization) {
    println!("Open   {}", visible_text(&asked.verification_uri));
    println!("Type   {}", visible_text(&asked.user_code));
    println!(
        "Only approve it if you started it yourself. The code holds for {} minutes.",
        asked.expires_in / 60
    );
}

/// The gateway revokes the device before this machine forgets it; `only_here`, it is not asked.
pub(crate) async fn unpair(gateway: &Gateway, only_here: bool) -> anyhow::Result<()> {
    let mut saved = Locked::open().await?;
    let meant = session::meant(gateway, &saved.credentials)?;
    if saved.credentials.find(&meant).is_none() {
        return Err(session::not_paired(&meant).into());
    }
    if !only_here {
        let given_back = give_back(&saved, &meant).await;
        given_back.context("still paired; `keyferry unpair --only-here` ends it on this machine alone")?;
    }
    saved.forget(&meant).await?;
    if gateway.json {
        return print::json(&json!({"unpaired": meant.profile, "onlyHere": only_here}));
    }
    println!("This machine is not paired with {} any more.", session::shown(&meant.url));
    if only_here {
        println!("The gateway was not told: a person revokes the device on its Devices page.");
    }
    Ok(())
}

async fn give_back(saved: &Locked, meant: &Meant) -> anyhow::Result<()> {
    let Some(device) = saved.credentials.device(meant).await? else { return Ok(()) };
    Ok(Client::new(meant.url.clone(), None)?.revoke(&device.tokens.refresh_token).await?)
}
