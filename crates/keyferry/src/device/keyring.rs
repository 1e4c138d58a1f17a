//! The desktop's keyring, spoken to by its own program. The tokens go in by standard input and out by standard output,
//! never by an argument.

use crate::device::credentials::Device;
use anyhow::{Context, bail};
use std::io::Write;
use std::process::{Command, Stdio};

const PROGRAM: &str = "secret-tool";

/// Keeps a profile's tokens, and sees that they can be found again.
pub(super) fn keep(profile: &str, device: &Device) -> anyhow::Result<()> {
    let text = serde_json::to_string(device)?;
    let label = format!("Keyferry: {profile}");
    let mut program =
        command(&["store", "--label", &label], profile).stdin(Stdio::piped()).spawn().context(missing())?;
    let written = program.stdin.take().map(|mut input| input.write_all(text.as_bytes()));
    if !program.wait()?.success() {
        bail!(
            "the keyring did not take the tokens: is it unlocked? Without --keyring they are kept in a file"
        );
    }
    written.context("secret-tool takes no input")??;
    match look_up(profile)? {
        Some(found) if found == text => Ok(()),
        _ => bail!("the keyring did not keep the tokens; without --keyring they are kept in a file"),
    }
}

/// A profile's tokens, if they are there.
pub(super) fn find(profile: &str) -> anyhow::Result<Option<Device>> {
    let Some(text) = look_up(profile)? else { return Ok(None) };
    let device = serde_json::from_str(&text);
    device.map(Some).with_context(|| format!("the keyring holds something else for {profile}: pair again"))
}

fn look_up(profile: &str) -> anyhow::Result<Option<String>> {
    let output = command(&["lookup"], profile).stderr(Stdio::inherit()).output().context(missing())?;
    let text = String::from_utf8(output.stdout).context("the keyring holds no text")?;
    Ok(Some(text).filter(|text| output.status.success() && !text.is_empty()))
}

fn command(arguments: &[&str], profile: &str) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).args(["service", "keyferry", "profile", profile]).stdin(Stdio::null());
    command
}

fn missing() -> String {
    format!("can't run `{PROGRAM}`, which speaks to the desktop's keyring (Debian: libsecret-tools)")
}
