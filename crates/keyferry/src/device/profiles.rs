//! `keyferry profiles`: the gateways that this machine is paired with, how each pairing stands there, and which is used.

use crate::device::credentials::{Credentials, Locked, Meant};
use crate::device::session;
use crate::exit::Ended;
use crate::print::{self, Column, Screen};
use keyferry_client::{Client, ClientError};
use keyferry_core::SecretString;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

/// A gateway that takes longer is told as one that does not answer.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Serialize)]
struct Listed {
    name: String,
    url: String,
    current: bool,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Paired,
    /// A person has not decided yet.
    Waiting,
    /// Revoked, denied or run out.
    Ended,
    /// The gateway does not answer, or what keeps the tokens doesn't.
    Unknown,
}

impl State {
    fn shown(self) -> &'static str {
        match self {
            Self::Paired => "paired",
            Self::Waiting => "waits for a person",
            Self::Ended => "ended: pair again",
            Self::Unknown => "no answer",
        }
    }
}

/// Lists them; with a name, that one is used from now on.
pub(crate) async fn profiles(name: Option<&str>, json: bool) -> anyhow::Result<()> {
    if let Some(name) = name {
        choose(name).await?;
    }
    let saved = Arc::new(Credentials::read()?);
    let looks = saved.profiles.iter().map(|(name, paired)| {
        let meant = Meant { profile: name.clone(), url: paired.url.clone() };
        (meant.clone(), tokio::spawn(state(Arc::clone(&saved), meant)))
    });
    // All are begun before one is waited for.
    let looks: Vec<_> = looks.collect();
    let end = Instant::now() + PATIENCE;
    let (mut listed, mut late) = (Vec::new(), Vec::new());
    for (Meant { profile, url }, mut look) in looks {
        let found = timeout_at(end, &mut look).await;
        let state = found.as_ref().map_or(State::Unknown, |found| *found.as_ref().unwrap_or(&State::Unknown));
        late.extend(found.is_err().then_some(look));
        let current = saved.current.as_ref() == Some(&profile);
        listed.push(Listed { name: profile, url: session::shown(&url).to_owned(), current, state });
    }
    show(listed, json)?;
    for look in late {
        // Tokens that are being renewed are saved before this ends: those before them open nothing any more.
        let _ = look.await;
    }
    Ok(())
}

fn show(listed: Vec<Listed>, json: bool) -> anyhow::Result<()> {
    if json {
        return print::json(&listed);
    }
    if listed.is_empty() {
        println!("This machine is not paired with a gateway yet: keyferry pair --url URL");
        return Ok(());
    }
    let head = ["", "name", "gateway", "state"].map(Column::Whole);
    let rows = listed.into_iter().map(|one| {
        let mark = if one.current { "*" } else { "" };
        [mark.to_owned(), one.name, one.url, one.state.shown().to_owned()]
    });
    println!("{}", Screen::stdout().table(head, rows));
    Ok(())
}

async fn choose(name: &str) -> anyhow::Result<()> {
    let mut saved = Locked::open().await?;
    if !saved.credentials.profiles.contains_key(name) {
        let there: Vec<&str> = saved.credentials.profiles.keys().map(String::as_str).collect();
        let mend = format!("no pairing is named `{name}`; there are: {}", there.join(", "));
        return Err(Ended::arguments(mend).into());
    }
    saved.credentials.current = Some(name.to_owned());
    saved.save()
}

/// How the gateway itself tells it: a device that was revoked on its page looks paired from here.
async fn state(saved: Arc<Credentials>, meant: Meant) -> State {
    match timeout(PATIENCE, at_rest(&saved, &meant)).await {
        Ok(Ok(Some(state))) => state,
        Ok(Ok(None)) => moved(&meant).await,
        Ok(Err(_)) | Err(_) => State::Unknown,
    }
}

/// What can be told without changing what is saved; nothing when a pairing is to be asked for, or a token to be renewed,
/// at a gateway that is there.
async fn at_rest(saved: &Credentials, meant: &Meant) -> anyhow::Result<Option<State>> {
    let pending = saved.find(meant).is_some_and(|paired| paired.pending.is_some());
    match saved.device(meant).await? {
        Some(device) if !pending && device.is_fresh(session::now()) => {
            let token = SecretString::from(device.tokens.access_token);
            let told = Client::new(meant.url.clone(), Some(token))?.whoami().await;
            return Ok(Some(told.map_or_else(|error| of(&error), |_| State::Paired)));
        }
        None if !pending => return Ok(Some(State::Ended)),
        _ => {}
    }
    match Client::new(meant.url.clone(), None)?.ready().await {
        Err(error @ ClientError::Unreachable { .. }) => Err(error.into()),
        _ => Ok(None),
    }
}

/// The same after the pairing was asked for, or the token renewed, which is not to be given up in the middle.
async fn moved(meant: &Meant) -> State {
    let Ok(Ok(mut saved)) = timeout(PATIENCE, Locked::open()).await else { return State::Unknown };
    let error = match session::paired(&mut saved, meant).await {
        Ok(client) => match timeout(PATIENCE, client.whoami()).await {
            Ok(told) => return told.map_or_else(|error| of(&error), |_| State::Paired),
            Err(_) => return State::Unknown,
        },
        Err(error) => error,
    };
    let pending = saved.credentials.find(meant).is_some_and(|paired| paired.pending.is_some());
    match error.downcast_ref::<ClientError>() {
        Some(error) => of(error),
        None if !error.is::<Ended>() => State::Unknown,
        None if pending => State::Waiting,
        None => State::Ended,
    }
}

fn of(error: &ClientError) -> State {
    match error {
        ClientError::Refused(refusal) if is_over(&refusal.code) => State::Ended,
        _ => State::Unknown,
    }
}

/// By the API's code, or by OAuth's when tokens are renewed.
fn is_over(code: &str) -> bool {
    matches!(code, "unauthorized" | "invalid_grant")
}
