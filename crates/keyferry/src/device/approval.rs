//! Waiting at a terminal until a person has decided on the dashboard. Nothing here approves.

use indicatif::ProgressBar;
use keyferry_client::{Client, ClientError};
use std::time::Duration;

const ASK_EVERY: Duration = Duration::from_secs(2);

/// Until the approval is no longer pending. How it was decided, the call itself tells.
pub(super) async fn decided(client: &Client, id: &str) -> Result<(), ClientError> {
    let spinner =
        ProgressBar::new_spinner().with_message("waiting for the decision; after Ctrl-C, run the same again");
    spinner.enable_steady_tick(Duration::from_millis(120));
    loop {
        let approvals = client.approvals().await?.value;
        if !approvals.iter().any(|approval| approval.id == id && approval.status == "pending") {
            spinner.finish_and_clear();
            return Ok(());
        }
        tokio::time::sleep(ASK_EVERY).await;
    }
}
