//! `keyferry connect`: a link at which a person types the account's keys. They never pass through here.

use crate::cli::Gateway;
use crate::device::session;
use crate::print::{self, Now, Screen};

pub(crate) async fn connect(gateway: &Gateway, integration: &str) -> anyhow::Result<()> {
    let reply = session::open(gateway).await?.connect(integration).await?;
    if gateway.json {
        return print::json(&reply.raw);
    }
    let left = Now::here().left_until(&reply.value.expires_at);
    let sentence =
        format!("Open it {left}, signed in as a member of this device's team who may connect accounts:");
    println!("{}\n  {}", Screen::stdout().wrapped(0, &sentence), reply.value.connect_url);
    Ok(())
}
