//! The desktop's keyring, spoken to by its own program. The tokens go in by standard input and out by standard output,
//! never by an argument.

use crate::device::credentials::Device;
use anyhow::{Context, bail};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::time::timeout;

const PROGRAM: &str = "secret-tool";

/// A locked keyring asks with a window. Whoever does not answer it is not there.
const PATIENCE: Duration = Duration::from_secs(30);

/// Under which it is tried whether there is a keyring.
const PROBE: &str = "probe of keyferry";

/// Keeps a profile's tokens, and sees that they can be found again.
pub(super) async fn keep(profile: &str, device: &Device) -> anyhow::Result<()> {
    keep_text(profile, &serde_json::to_string(device)?).await
}

/// Whether there is a keyring that keeps something, before a person is asked for what it shall keep.
pub(super) async fn must_be_there() -> anyhow::Result<()> {
    keep_text(PROBE, "probe").await?;
    forget(PROBE).await;
    Ok(())
}

async fn keep_text(profile: &str, text: &str) -> anyhow::Result<()> {
    let label = format!("Keyferry: {profile}");
    patiently(store(command(&["store", "--label", &label], profile), text)).await?;
    match look_up(profile).await? {
        Some(found) if found == text => Ok(()),
        _ => {
            forget(profile).await;
            bail!("the keyring did not keep the tokens")
        }
    }
}

/// Keeps them if there is a keyring that takes them. A machine without one is nothing to complain about.
pub(super) async fn takes(profile: &str, device: &Device) -> bool {
    keep(profile, device).await.is_ok()
}

/// A profile's tokens, if they are there.
pub(super) async fn find(profile: &str) -> anyhow::Result<Option<Device>> {
    let Some(text) = look_up(profile).await? else { return Ok(None) };
    let device = serde_json::from_str(&text);
    device.map(Some).with_context(|| format!("the keyring holds something else for {profile}: pair again"))
}

/// Takes a profile's tokens away. One that can't be asked keeps what opens nothing any more.
pub(super) async fn forget(profile: &str) {
    let _ = patiently(async { Ok(command(&["clear"], profile).output().await?) }).await;
}

async fn store(mut command: Command, text: &str) -> anyhow::Result<()> {
    let mut program = command.stdin(Stdio::piped()).spawn().context(missing())?;
    let mut input = program.stdin.take().context("secret-tool takes no input")?;
    let written = input.write_all(text.as_bytes()).await;
    drop(input);
    // Why it took nothing is told by the program, not by the pipe that it closed.
    let ended = program.wait_with_output().await?;
    if !ended.status.success() {
        let why = String::from_utf8_lossy(&ended.stderr);
        bail!("the keyring did not take the tokens: {}", why.trim());
    }
    Ok(written?)
}

async fn look_up(profile: &str) -> anyhow::Result<Option<String>> {
    let asked = async { command(&["lookup"], profile).output().await.context(missing()) };
    let output = patiently(asked).await?;
    let text = String::from_utf8(output.stdout).context("the keyring holds no text")?;
    Ok(Some(text).filter(|text| output.status.success() && !text.is_empty()))
}

async fn patiently<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let late = || format!("the keyring did not answer within {} s: unlock it", PATIENCE.as_secs());
    timeout(PATIENCE, work).await.with_context(late)?
}

fn command(arguments: &[&str], profile: &str) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).args(["service", "keyferry", "profile", profile]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

fn missing() -> String {
    format!("can't run `{PROGRAM}`, which speaks to the desktop's keyring (Debian: libsecret-tools)")
}
