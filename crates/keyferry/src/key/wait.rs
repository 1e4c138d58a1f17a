//! What gateways have to do first is waited for where that was asked for, and told as an error where it was not.

use anyhow::bail;
use indicatif::ProgressBar;
use std::time::Duration;

const ASK_EVERY: Duration = Duration::from_secs(1);
/// A gateway reads its key file every 30 s, and one that is gone is forgotten after 90.
const PATIENCE: u32 = 130;

/// Where it stands.
pub(super) enum Now {
    Done,
    /// Not yet, and why.
    NotYet(String),
}

/// Asks until it is done; once when nothing is to be waited for.
pub(super) async fn until(wait: bool, ask: impl AsyncFnMut() -> anyhow::Result<Now>) -> anyhow::Result<()> {
    asked(wait.then_some(ASK_EVERY), ask).await
}

async fn asked(
    every: Option<Duration>,
    mut ask: impl AsyncFnMut() -> anyhow::Result<Now>,
) -> anyhow::Result<()> {
    let Now::NotYet(mut why) = ask().await? else { return Ok(()) };
    let Some(every) = every else { bail!("{why} (`--wait` waits for that)") };
    eprintln!("waiting: {why}");
    let spinner = ProgressBar::new_spinner();
    for _ in 0..PATIENCE {
        tokio::time::sleep(every).await;
        spinner.tick();
        let Now::NotYet(still) = ask().await? else {
            spinner.finish_and_clear();
            return Ok(());
        };
        why = still;
    }
    bail!("{why}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Done when it is asked for the third time.
    fn third_time() -> impl AsyncFnMut() -> anyhow::Result<Now> {
        let mut asked = 0;
        async move || {
            asked += 1;
            Ok(if asked < 3 { Now::NotYet("a gateway has not read it".to_owned()) } else { Now::Done })
        }
    }

    #[tokio::test]
    async fn what_is_not_yet_is_an_error_or_waited_for() {
        let error = asked(None, third_time()).await.unwrap_err().to_string();
        assert_eq!(error, "a gateway has not read it (`--wait` waits for that)");
        asked(Some(Duration::ZERO), third_time()).await.unwrap();
        let never = asked(Some(Duration::ZERO), async || Ok(Now::NotYet("it never does".to_owned()))).await;
        assert_eq!(never.unwrap_err().to_string(), "it never does");
    }
}
