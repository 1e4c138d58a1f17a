//! What the demo shows: a read, a previewed write and a refused write, through the API as an agent would, and what
//! the stand-in for Segment saw of them.

use super::facts::Facts;
use super::say;
use anyhow::{Context, bail, ensure};
use keyferry_client::{CallBody, Client, ClientError};
use keyferry_core::{Clock, SecretString, SystemClock};
use keyferry_sandbox::RunningSandbox;
use serde_json::{Value, json};
use url::Url;

/// Answers the id of the source whose deletion waits for a person.
pub(super) async fn walk(base: &Url, sandbox: &RunningSandbox, settled: &Facts) -> anyhow::Result<String> {
    let agent = Client::new(base.clone(), Some(SecretString::from(settled.device_token.clone())))?;
    println!();
    let source = read(&agent).await?;
    what_segment_saw(sandbox, settled)?;
    previewed_write(&agent).await?;
    refused_write(&agent, &source).await?;
    Ok(source)
}

/// Answers the id of a source, for the write that is refused.
async fn read(agent: &Client) -> anyhow::Result<String> {
    let reply = agent.call("segment_list_sources", &arguments(json!({"limit": 3}))).await?;
    let sources = &reply.value.result["data"]["sources"];
    let names = sources.as_array().into_iter().flatten().filter_map(|source| source["name"].as_str());
    say("read", &format!("segment_list_sources answered: {}, …", names.collect::<Vec<_>>().join(", ")));
    let keys = &sources[0]["writeKeys"][0];
    say("", &format!("write keys come as handles: {}", keys.as_str().unwrap_or("(none)")));
    sources[0]["id"].as_str().map(str::to_owned).context("the sandbox listed no source")
}

/// The point of it all: the key arrived there, and the agent's token did not.
fn what_segment_saw(sandbox: &RunningSandbox, settled: &Facts) -> anyhow::Result<()> {
    let seen = sandbox.requests(0).pop().unwrap_or_default();
    let authorization = seen["headers"]["authorization"].as_str().unwrap_or_default().to_owned();
    ensure!(
        authorization == format!("Bearer {}", settled.credentials.public_api),
        "the sandbox did not receive the sealed key"
    );
    ensure!(!seen.to_string().contains(&settled.device_token), "the agent's token went upstream");
    let beginning: String = authorization.chars().take(18).collect();
    say("", &format!("Segment saw   Authorization: {beginning}…"));
    say("", "the agent has only its own token, which Segment never saw");
    Ok(())
}

async fn previewed_write(agent: &Client) -> anyhow::Result<()> {
    let body = arguments(json!({
        "userId": "u-1001", "event": "Demo Started", "properties": {"at": SystemClock.now().rfc3339()}
    }));
    match agent.call("segment_track", &body).await {
        Err(ClientError::Refused(refusal)) if refusal.code == "confirmation_required" => {
            say("write", &format!("segment_track without a preview: refused, {}", refusal.code));
        }
        Err(other) => return Err(other.into()),
        Ok(_) => bail!("a write was sent without a preview"),
    }
    let preview = agent.preview("segment_track", &body).await?;
    let request = &preview.value.data.request;
    say("", &format!("previewed: {} {}", text(&request["method"]), text(&request["url"])));
    let reply = agent.call("segment_track", &body).await?;
    say("", &format!("called with the same arguments: sent, answered {}", reply.value.result));
    Ok(())
}

async fn refused_write(agent: &Client, source: &str) -> anyhow::Result<()> {
    let body = arguments(json!({"sourceId": source}));
    let preview = agent.preview("segment_delete_source", &body).await?;
    let count = preview.value.data.affected.len();
    say("refused", &format!("segment_delete_source, previewed: it would also affect {count} things"));
    match agent.call("segment_delete_source", &body).await {
        Err(ClientError::Refused(refusal)) if refusal.code == "approval_required" => {
            say("", &format!("called: {}, a person decides at", refusal.code));
            say("", &refusal.approval_url.unwrap_or_default());
            println!();
            Ok(())
        }
        Err(other) => Err(other.into()),
        Ok(_) => bail!("a source was deleted without a person's approval"),
    }
}

fn arguments(arguments: Value) -> CallBody {
    CallBody { arguments, ..CallBody::default() }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
