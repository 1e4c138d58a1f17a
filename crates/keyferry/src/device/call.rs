//! `keyferry preview` and `keyferry call`. At a terminal a write is previewed, shown and asked about; without one the
//! gateway's own rule stands alone.

use crate::cli::CallArguments;
use crate::device::{approval, arguments, session};
use crate::print::{self, Now, Screen};
use anyhow::{Context, bail};
use inquire::Confirm;
use keyferry_client::{CallBody, Client, ClientError, Done, Preview, PreviewConfirmation, Reply};
use std::io::IsTerminal;

pub(crate) async fn preview(asked: &CallArguments) -> anyhow::Result<()> {
    let client = session::open(&asked.gateway).await?;
    let reply = client.preview(asked.tool(), &body(asked, &client, None).await?).await?;
    if asked.gateway.json {
        return print::json(&reply.raw);
    }
    show_preview(&reply);
    show_left(&reply);
    Ok(())
}

pub(crate) async fn call(
    asked: &CallArguments,
    yes: bool,
    idempotency_key: Option<String>,
) -> anyhow::Result<()> {
    let client = session::open(&asked.gateway).await?;
    let body = body(asked, &client, idempotency_key).await?;
    let tool = asked.tool();
    let reply = if at_terminal() && !yes && changes(&client, asked).await? {
        asked_call(&client, asked, &body).await?
    } else {
        match client.call(tool, &body).await {
            Err(ClientError::Refused(refusal)) if yes && is_mended_by_preview(&refusal.code) => {
                client.preview(tool, &body).await?;
                client.call(tool, &body).await?
            }
            other => other?,
        }
    };
    print::json(if asked.gateway.json { &reply.raw } else { &reply.value.result })
}

/// A preview is what was missing. Not when the confirmation was used: that may be a script's honest retry.
fn is_mended_by_preview(code: &str) -> bool {
    matches!(code, "confirmation_required" | "confirmation_expired")
}

async fn changes(client: &Client, asked: &CallArguments) -> anyhow::Result<bool> {
    let described = client.describe(asked.tool()).await?;
    Ok(described.raw["tool"]["impact"] != "read")
}

/// Previews and shows it, each time anew, so that an earlier preview never stands for a no that was said since. Then
/// who is at the terminal says yes, or, where the rule wants a person's approval, that is waited for.
async fn asked_call(client: &Client, asked: &CallArguments, body: &CallBody) -> anyhow::Result<Reply<Done>> {
    let preview = client.preview(asked.tool(), body).await?;
    show_preview(&preview);
    match &preview.value.data.confirmation {
        Some(PreviewConfirmation { needs, id: Some(id), .. }) if needs == "person" => {
            show_left(&preview);
            approval::decided(client, id).await?;
        }
        _ => {
            let answer = Confirm::new("Send it?").with_default(false).prompt();
            if !answer.context("no answer, so nothing was sent")? {
                bail!("nothing was sent");
            }
        }
    }
    Ok(client.call(asked.tool(), body).await?)
}

fn show_preview(reply: &Reply<Preview>) {
    println!("{}", print::preview(Screen::stdout(), &reply.value.tool_name, &reply.value.data));
}

fn show_left(reply: &Reply<Preview>) {
    let confirmation = reply.value.data.confirmation.as_ref();
    let left =
        confirmation.and_then(|confirmation| print::left(Screen::stdout(), confirmation, &Now::here()));
    left.into_iter().for_each(|left| println!("{left}"));
}

fn at_terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

async fn body(
    asked: &CallArguments,
    client: &Client,
    idempotency_key: Option<String>,
) -> anyhow::Result<CallBody> {
    let arguments = arguments::read(asked, client).await?;
    Ok(CallBody { arguments, connection_id: asked.connection, idempotency_key })
}
