//! `keyferry profiles`: the gateways that this machine is paired with, how each pairing stands there, and which is used.

use crate::device::credentials::{Locked, Meant};
use crate::device::session;
use crate::exit::Ended;
use crate::print::{self, Column, Screen};
use keyferry_client::ClientError;
use serde::Serialize;
use std::time::Duration;
use tokio::time::timeout;

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
    let mut saved = Locked::open()?;
    if let Some(name) = name {
        choose(&mut saved, name)?;
    }
    let profiles = saved.credentials.profiles.iter();
    let all: Vec<Meant> =
        profiles.map(|(name, paired)| Meant { profile: name.clone(), url: paired.url.clone() }).collect();
    let mut listed = Vec::new();
    for meant in all {
        let state = state(&mut saved, &meant).await;
        let current = saved.credentials.current.as_ref() == Some(&meant.profile);
        let url = session::shown(&meant.url).to_owned();
        listed.push(Listed { name: meant.profile, url, current, state });
    }
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

fn choose(saved: &mut Locked, name: &str) -> anyhow::Result<()> {
    if !saved.credentials.profiles.contains_key(name) {
        let there: Vec<&str> = saved.credentials.profiles.keys().map(String::as_str).collect();
        let mend = format!("no pairing is named `{name}`; there are: {}", there.join(", "));
        return Err(Ended::arguments(mend).into());
    }
    saved.credentials.current = Some(name.to_owned());
    saved.save()
}

/// How the gateway itself tells it: a device that was revoked on its page looks paired from here.
async fn state(saved: &mut Locked, meant: &Meant) -> State {
    let asked = match session::paired(saved, meant).await {
        Ok(client) => match timeout(PATIENCE, client.whoami()).await {
            Ok(Ok(_)) => return State::Paired,
            Ok(Err(error)) => error.into(),
            Err(_) => return State::Unknown,
        },
        Err(error) => error,
    };
    let pending = saved.credentials.find(meant).is_some_and(|paired| paired.pending.is_some());
    match asked.downcast_ref::<ClientError>() {
        Some(ClientError::Refused(refusal)) if is_over(&refusal.code) => State::Ended,
        Some(_) => State::Unknown,
        None if asked.is::<Ended>() => {
            if pending {
                State::Waiting
            } else {
                State::Ended
            }
        }
        None => State::Unknown,
    }
}

/// By the API's code, or by OAuth's when tokens are renewed.
fn is_over(code: &str) -> bool {
    matches!(code, "unauthorized" | "invalid_grant")
}
