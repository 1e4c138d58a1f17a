//! `keyferry profiles`: the gateways that this machine is paired with, and which of them is used.

use crate::device::credentials::Locked;
use crate::exit::Ended;
use crate::print::{self, Column, Screen};
use serde::Serialize;

#[derive(Serialize)]
struct Listed {
    name: String,
    url: String,
    current: bool,
    paired: bool,
}

/// Lists them; with a name, that one is used from now on.
pub(crate) fn profiles(name: Option<&str>, json: bool) -> anyhow::Result<()> {
    let mut saved = Locked::open()?;
    if let Some(name) = name {
        if !saved.credentials.profiles.contains_key(name) {
            let there: Vec<&str> = saved.credentials.profiles.keys().map(String::as_str).collect();
            let mend = format!("no pairing is named `{name}`; there are: {}", there.join(", "));
            return Err(Ended::arguments(mend).into());
        }
        saved.credentials.current = Some(name.to_owned());
        saved.save()?;
    }
    let current = saved.credentials.current.as_deref();
    let listed = saved.credentials.profiles.iter().map(|(name, paired)| Listed {
        name: name.clone(),
        url: paired.url.to_string(),
        current: current == Some(name),
        paired: paired.holds(),
    });
    let listed: Vec<Listed> = listed.collect();
    if json {
        return print::json(&listed);
    }
    if listed.is_empty() {
        println!("This machine is not paired with a gateway yet: keyferry pair --url URL");
        return Ok(());
    }
    let head = ["", "name", "gateway", "state"].map(Column::Whole);
    let rows = listed.into_iter().map(|one| {
        let state = if one.paired { "paired" } else { "waits for a person" };
        [if one.current { "*" } else { "" }.to_owned(), one.name, one.url, state.to_owned()]
    });
    println!("{}", Screen::stdout().table(head, rows));
    Ok(())
}
