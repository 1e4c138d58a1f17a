//! What the demo shows: a read, a previewed write and a refused write, through the API as an agent would, and what
//! the stand-in for Segment saw of them.

use super::facts::{self, Facts};
use anyhow::{Context, bail, ensure};
use keyferry_client::{CallBody, Client, ClientError};
use keyferry_core::{Clock, ExposeSecret, SecretString, SystemClock};
use keyferry_identity::Identity;
use keyferry_sandbox::RunningSandbox;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use url::Url;

/// A link into the dashboard that works once.
const LINK_LASTS: Duration = Duration::from_secs(60 * 60);

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
    println!("read       segment_list_sources answered: {}, …", names.collect::<Vec<_>>().join(", "));
    let keys = &sources[0]["writeKeys"][0];
    println!("           their write keys came back as handles: {}", keys.as_str().unwrap_or("(none)"));
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
    println!(
        "           Segment saw   Authorization: {}…",
        authorization.chars().take(18).collect::<String>()
    );
    println!("           the agent has only its own token, which Segment never saw");
    Ok(())
}

async fn previewed_write(agent: &Client) -> anyhow::Result<()> {
    let body = arguments(json!({
        "userId": "u-1001", "event": "Demo Started", "properties": {"at": SystemClock.now().rfc3339()}
    }));
    match agent.call("segment_track", &body).await {
        Err(ClientError::Refused(refusal)) if refusal.code == "confirmation_required" => {
            println!("write      segment_track without a preview: refused, {}", refusal.code);
        }
        Err(other) => return Err(other.into()),
        Ok(_) => bail!("a write was sent without a preview"),
    }
    let preview = agent.preview("segment_track", &body).await?;
    let request = &preview.value.data.request;
    println!("           previewed: {} {}", text(&request["method"]), text(&request["url"]));
    let reply = agent.call("segment_track", &body).await?;
    println!("           called with the same arguments: sent, answered {}", reply.value.result);
    Ok(())
}

async fn refused_write(agent: &Client, source: &str) -> anyhow::Result<()> {
    let body = arguments(json!({"sourceId": source}));
    let preview = agent.preview("segment_delete_source", &body).await?;
    println!(
        "refused    segment_delete_source, previewed: it would also affect {} things",
        preview.value.data.affected.len()
    );
    match agent.call("segment_delete_source", &body).await {
        Err(ClientError::Refused(refusal)) if refusal.code == "approval_required" => {
            println!("           called: {}", refusal.message);
            println!("           a person decides at {}\n", refusal.approval_url.unwrap_or_default());
            Ok(())
        }
        Err(other) => Err(other.into()),
        Ok(_) => bail!("a source was deleted without a person's approval"),
    }
}

pub(super) async fn how_to_go_on(
    identity: &Identity,
    settled: &Facts,
    data: &Path,
    source: &str,
) -> anyhow::Result<()> {
    let base = &settled.base_url;
    let user = identity.accounts.by_email(&settled.email).await?.context("the demo's account is gone")?;
    let link = identity.sign_in.link(&user.id, LINK_LASTS).await?;
    println!("Dashboard (this link signs in once)\n  {base}/dashboard/sign-in/{}\n", link.expose_secret());
    println!("As an agent (KEYFERRY_TOKEN is in {})", facts::file(data).display());
    println!("  export KEYFERRY_URL={base} KEYFERRY_TOKEN={}", settled.device_token);
    println!("  curl -H \"Authorization: Bearer $KEYFERRY_TOKEN\" \"$KEYFERRY_URL/api/tools?view=brief\"");
    println!("  keyferry tools search \"what do we know about a user\"");
    println!("  keyferry call segment_list_sources");
    println!(
        "  keyferry call segment_get_profile_traits --params '{{\"idType\":\"user_id\",\"idValue\":\"u-1001\"}}'"
    );
    println!(
        "  keyferry call segment_delete_source --params '{{\"sourceId\":\"{source}\"}}'   # once a person approved it\n"
    );
    println!("Ctrl-C ends it; the next start finds everything again.");
    Ok(())
}

fn arguments(arguments: Value) -> CallBody {
    CallBody { arguments, ..CallBody::default() }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
