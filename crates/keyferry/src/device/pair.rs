//! `keyferry pair`: shows where to go and what to type, then waits until a person has decided.

use crate::cli::Gateway;
use crate::device::credentials::{Locked, Meant, Pending};
use crate::device::session;
use crate::print;
use anyhow::bail;
use indicatif::ProgressBar;
use keyferry_client::{Client, DeviceAuthorization, DeviceFlow, PollOutcome};
use serde_json::json;
use std::io::IsTerminal;
use std::time::Duration;

pub(crate) async fn pair(gateway: &Gateway, label: Option<String>, keyring: bool) -> anyhow::Result<()> {
    let meant = session::meant(gateway, &Locked::open()?)?;
    let client = Client::new(meant.url.clone(), None)?;
    let label = label.unwrap_or_else(|| "Keyferry command line".to_owned());
    let mut flow = DeviceFlow::begin(&client, &label).await?;
    if gateway.json || !std::io::stdout().is_terminal() {
        return leave_pending(gateway, &meant, flow.authorization(), keyring);
    }
    announce(flow.authorization());
    let spinner = ProgressBar::new_spinner().with_message("waiting for a person to approve");
    spinner.enable_steady_tick(Duration::from_millis(120));
    loop {
        match flow.poll().await? {
            PollOutcome::Pending(wait) => tokio::time::sleep(wait).await,
            PollOutcome::Denied => bail!("the pairing was denied"),
            PollOutcome::Expired => {
                bail!("the code ran out before a person approved it: run the command again")
            }
            PollOutcome::Paired(tokens) => {
                spinner.finish_and_clear();
                session::keep(&mut Locked::open()?, &meant, tokens, keyring)?;
                println!("Paired with {}. Next: keyferry tools search \"what you want to do\"", meant.url);
                return Ok(());
            }
        }
    }
}

/// Without somebody at the terminal there is nobody to wait for: the next command finishes the pairing.
fn leave_pending(
    gateway: &Gateway,
    meant: &Meant,
    asked: &DeviceAuthorization,
    keyring: bool,
) -> anyhow::Result<()> {
    let mut saved = Locked::open()?;
    saved.credentials.at(meant).pending = Some(Pending { asked: asked.clone(), keyring });
    saved.credentials.current = Some(meant.profile.clone());
    saved.save()?;
    if gateway.json {
        let DeviceAuthorization { user_code, verification_uri, expires_in, .. } = asked;
        return print::json(
            &json!({"verificationUri": verification_uri, "userCode": user_code, "expiresIn": expires_in}),
        );
    }
    announce(asked);
    println!("The next keyferry command finishes the pairing.");
    Ok(())
}

fn announce(asked: &DeviceAuthorization) {
    println!("Open   {}", asked.verification_uri);
    println!("Type   {}", asked.user_code);
    println!(
        "Only approve it if you started it yourself. The code holds for {} minutes.",
        asked.expires_in / 60
    );
}
