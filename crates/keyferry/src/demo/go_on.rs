//! How a person goes on with a demo that stays up: in a browser, and at another terminal as an agent would.

use super::facts::{self, Facts};
use anyhow::Context;
use keyferry_core::ExposeSecret;
use keyferry_identity::Identity;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A link into the dashboard that works once.
const LINK_LASTS: Duration = Duration::from_secs(60 * 60);

pub(super) async fn told(
    identity: &Identity,
    settled: &Facts,
    data: &Path,
    source: &str,
) -> anyhow::Result<()> {
    let (base, file) = (&settled.base_url, facts::file(data));
    let user = identity.accounts.by_email(&settled.email).await?.context("the demo's account is gone")?;
    let link = identity.sign_in.link(&user.id, LINK_LASTS).await?;
    println!("In a browser (this link signs in once; the password is in {})", file.display());
    println!("  {base}/dashboard/sign-in/{}\n", link.expose_secret());
    println!("At another terminal, as an agent (the token is `deviceToken` in that file)");
    for line in commands(settled, source, alias()) {
        println!("  {line}");
    }
    println!("\nCtrl-C ends it; the next start finds everything again.");
    Ok(())
}

fn commands(settled: &Facts, source: &str, alias: Option<String>) -> Vec<String> {
    let mut lines: Vec<String> = alias.into_iter().collect();
    lines.extend([
        format!("export KEYFERRY_URL={}", settled.base_url),
        format!("export KEYFERRY_TOKEN={}", settled.device_token),
        "keyferry tools search \"what do we know about a user\"".to_owned(),
        "keyferry call segment_get_profile_traits idType=user_id idValue=u-1001".to_owned(),
        "keyferry call segment_track userId=u-1001 event=Invited".to_owned(),
        format!("keyferry call segment_delete_source sourceId={source}"),
        "keyferry calls".to_owned(),
        "curl -H \"Authorization: Bearer $KEYFERRY_TOKEN\" $KEYFERRY_URL/api/integrations".to_owned(),
    ]);
    lines
}

/// What makes `keyferry` this executable, where the shell does not find it by itself.
fn alias() -> Option<String> {
    let program = std::env::current_exe().ok()?.canonicalize().ok()?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join("keyferry")).find(|one| one.is_file());
    if found.and_then(|found| found.canonicalize().ok()).as_ref() == Some(&program) {
        return None;
    }
    let here = std::env::current_dir().and_then(|here| here.canonicalize()).unwrap_or_default();
    let shown = program.strip_prefix(&here).map_or(program.clone(), |below| PathBuf::from(".").join(below));
    Some(format!("alias keyferry={}", quoted(&shown.display().to_string())))
}

/// As a shell takes it for one word.
fn quoted(text: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-+".contains(letter);
    if text.chars().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_word_to_a_shell() {
        assert_eq!(quoted("target/release/keyferry"), "target/release/keyferry");
        assert_eq!(quoted("/my programs/it's"), r"'/my programs/it'\''s'");
    }
}
