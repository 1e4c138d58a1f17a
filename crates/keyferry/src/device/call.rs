//! `keyferry preview` and `keyferry call`. At a terminal a write is previewed, shown and asked about; without one the
//! gateway's own rule stands alone.

use crate::cli::CallArguments;
use crate::device::{session, show};
use crate::exit::{self, Ended, Said};
use anyhow::{Context, bail};
use inquire::Confirm;
use keyferry_client::{CallBody, Client, ClientError, Done, Preview, Reply};
use serde_json::Value;
use std::io::{IsTerminal, Read};

pub(crate) async fn preview(asked: &CallArguments) -> anyhow::Result<()> {
    let client = session::open(&asked.gateway).await?;
    let reply = told(asked, client.preview(asked.tool.as_str(), &body(asked, None)?).await)?;
    if asked.gateway.json {
        return show::json(&reply.raw);
    }
    show_preview(&reply);
    Ok(())
}

pub(crate) async fn call(
    asked: &CallArguments,
    yes: bool,
    idempotency_key: Option<String>,
) -> anyhow::Result<()> {
    let client = session::open(&asked.gateway).await?;
    let body = body(asked, idempotency_key)?;
    let tool = asked.tool.as_str();
    let reply = if at_terminal() && !yes && changes(&client, asked).await? {
        asked_call(&client, asked, &body).await?
    } else {
        match client.call(tool, &body).await {
            Err(ClientError::Refused(refusal)) if yes && is_mended_by_preview(&refusal.code) => {
                told(asked, client.preview(tool, &body).await)?;
                told(asked, client.call(tool, &body).await)?
            }
            other => told(asked, other)?,
        }
    };
    show::json(if asked.gateway.json { &reply.raw } else { &reply.value.result })
}

/// A preview is what was missing. Not when the confirmation was used: that may be a script's honest retry.
fn is_mended_by_preview(code: &str) -> bool {
    matches!(code, "confirmation_required" | "confirmation_expired")
}

async fn changes(client: &Client, asked: &CallArguments) -> anyhow::Result<bool> {
    let described = told(asked, client.describe(asked.tool.as_str()).await)?;
    Ok(described.raw["tool"]["impact"] != "read")
}

/// Previews, shows, asks, sends; each time anew, so that an earlier preview never stands for a no that was said since.
/// What needs a person's approval still answers so.
async fn asked_call(client: &Client, asked: &CallArguments, body: &CallBody) -> anyhow::Result<Reply<Done>> {
    let preview = told(asked, client.preview(asked.tool.as_str(), body).await)?;
    show_preview(&preview);
    if !Confirm::new("Send it?").with_default(false).prompt().context("no answer, so nothing was sent")? {
        bail!("nothing was sent");
    }
    told(asked, client.call(asked.tool.as_str(), body).await)
}

fn show_preview(reply: &Reply<Preview>) {
    show::preview(&reply.value.tool_name, &reply.value.data);
    let Some(confirmation) = &reply.value.data.confirmation else { return };
    match (confirmation.needs.as_str(), &confirmation.approval_url) {
        ("person", Some(url)) => println!("A person has to approve it: {url}"),
        ("preview", _) => {
            println!("Call it with the same arguments before {} to send it.", confirmation.expires_at);
        }
        _ => {}
    }
}

/// A refusal is printed in full, as JSON on standard output when that was asked for, and ends the command.
fn told<T>(asked: &CallArguments, answer: Result<T, ClientError>) -> anyhow::Result<T> {
    match answer {
        Err(ClientError::Refused(refusal)) => {
            if asked.gateway.json {
                show::json(&refusal.raw)?;
            } else {
                show::refusal(&refusal);
            }
            Err(Said(exit::of_refusal(&refusal.code)).into())
        }
        other => Ok(other?),
    }
}

fn at_terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

fn body(asked: &CallArguments, idempotency_key: Option<String>) -> anyhow::Result<CallBody> {
    let text = match asked.params.as_str() {
        "-" => {
            let mut text = String::new();
            std::io::stdin()
                .read_to_string(&mut text)
                .context("can't read the arguments from standard input")?;
            text
        }
        given => match given.strip_prefix('@') {
            Some(file) => std::fs::read_to_string(file).with_context(|| format!("can't read {file}"))?,
            None => given.to_owned(),
        },
    };
    let arguments: Value = serde_json::from_str(&text)
        .map_err(|error| Ended::arguments(format!("--params is not JSON: {error}")))?;
    Ok(CallBody { arguments, connection_id: asked.connection, idempotency_key })
}
