//! `keyferry admin erase`: what the journal holds about one person is deleted; that calls were made stays.

use crate::beside::Beside;
use crate::exit::Ended;
use crate::gateway::master_keys::{open_vault, provider};
use crate::print::{self, Column, Screen};
use anyhow::bail;
use clap::Args;
use inquire::Text;
use keyferry_broker::{Erased, TeamKeys, erasable, erase};
use keyferry_core::{Failure, SystemClock, TeamId};
use serde::Serialize;
use std::io::IsTerminal;
use std::sync::Arc;

#[derive(Debug, Args)]
pub(crate) struct Erase {
    /// A user id, anonymous id or e-mail; each by itself
    #[arg(long, value_name = "ID")]
    subject: String,
    /// Only in this team. Default: in every team
    #[arg(long, value_name = "TEAM_ID")]
    team: Option<TeamId>,
    /// Erase without asking
    #[arg(long)]
    yes: bool,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Told {
    erased: bool,
    teams: Vec<InTeam>,
}

#[derive(Serialize)]
struct InTeam {
    team: String,
    calls: u64,
}

/// Shows what there is; erases it when that was said, by `--yes` or by typing the id once more at a terminal.
pub(super) async fn run(asked: &Erase, beside: &Beside) -> anyhow::Result<()> {
    let db = beside.database().await?;
    let vault = open_vault(provider(&beside.config).as_ref(), &db).await?;
    let keys = TeamKeys::new(db.clone(), vault, Arc::new(SystemClock));
    let (team, subject) = (asked.team.as_ref(), asked.subject.as_str());
    let found = erasable(&db, &keys, team, subject).await.map_err(refused)?;
    if !asked.yes {
        told(asked, false, &found)?;
        if found.is_empty() || !confirmed(asked)? {
            return Ok(());
        }
    }
    let erased = erase(&db, &keys, team, subject).await.map_err(refused)?;
    told(asked, true, &erased)
}

/// At a terminal the id is typed once more; without one, `--yes` has to be said.
fn confirmed(asked: &Erase) -> anyhow::Result<bool> {
    if asked.json || !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        if !asked.json {
            println!("Nothing was erased. The same with --yes erases it.");
        }
        return Ok(false);
    }
    if Text::new("Type the id once more to erase this; it can't be undone:").prompt()? != asked.subject {
        bail!("that is another id: nothing was erased");
    }
    Ok(true)
}

fn told(asked: &Erase, erased: bool, teams: &[Erased]) -> anyhow::Result<()> {
    let counted = teams.iter().map(|one| InTeam { team: one.team.to_string(), calls: one.calls });
    if asked.json {
        return print::json(&Told { erased, teams: counted.collect() });
    }
    if teams.is_empty() {
        println!("No call concerns this id.");
        return Ok(());
    }
    let rows = counted.map(|one| [one.team, one.calls.to_string()]);
    println!(
        "{}",
        if erased {
            "Erased, with what these calls carried, answered and showed:"
        } else {
            "To be erased, with what these calls carried, answered and showed:"
        }
    );
    println!("{}", Screen::stdout().table(["team", "calls"].map(Column::Whole), rows));
    Ok(())
}

fn refused(failure: Failure) -> anyhow::Error {
    Ended::refused(&failure).into()
}
