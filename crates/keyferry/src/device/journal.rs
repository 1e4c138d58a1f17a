//! What this device did, and what of it waits for a person.

use crate::cli::{CallsFilter, Gateway};
use crate::device::session;
use crate::print::{self, Now, Screen};
use keyferry_client::{Approval, CallsAsked};

pub(crate) async fn calls(gateway: &Gateway, filter: &CallsFilter) -> anyhow::Result<()> {
    let client = session::open(gateway).await?;
    let CallsFilter { tool, state, limit } = filter.clone();
    let asked = CallsAsked { tool, state, limit: Some(limit) };
    let reply = client.calls(&asked).await?;
    if gateway.json {
        return print::json(&reply.raw);
    }
    match reply.value.calls.as_slice() {
        [] => println!("no such call in this device's journal"),
        calls => println!("{}", print::calls(Screen::stdout(), &Now::here(), calls)),
    }
    if reply.value.next_cursor.is_some() {
        println!("There are older ones: --limit COUNT, 200 at most.");
    }
    Ok(())
}

pub(crate) async fn one_call(gateway: &Gateway, id: &str) -> anyhow::Result<()> {
    let reply = session::open(gateway).await?.one_call(id).await?;
    if gateway.json {
        return print::json(&reply.raw);
    }
    println!("{}", print::call(Screen::stdout(), &Now::here(), &reply.value));
    Ok(())
}

pub(crate) async fn approvals(gateway: &Gateway, all: bool) -> anyhow::Result<()> {
    let reply = session::open(gateway).await?.approvals().await?;
    if gateway.json {
        return print::json(&reply.raw);
    }
    let mut shown = reply.value;
    shown.retain(|approval| all || is_open(approval));
    match shown.as_slice() {
        [] if all => println!("this device has asked nobody yet"),
        [] => println!("nothing waits for a person; --all shows what was decided"),
        shown => println!("{}", print::approvals(Screen::stdout(), &Now::here(), shown)),
    }
    Ok(())
}

/// To be decided, or to be called with the same arguments.
fn is_open(approval: &Approval) -> bool {
    matches!(approval.status.as_str(), "pending" | "approved")
}
