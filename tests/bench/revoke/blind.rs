//! A gateway that may not read the changes any more: it can't hear of revocations, so it has to refuse.

use crate::world::Ground;
use keyferry_store::scratch;
use keyferry_testkit::{Gateway, Wire, until_within};
use std::time::{Duration, Instant};

/// Longer than the ten seconds after which it refuses.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) async fn measure(ground: &Ground) -> String {
    let url = ground.database();
    let its_own = scratch::another_user(&url).await.expect("another user");
    let gateway = ground.gateway_over(Some(&its_own)).await;
    let token = &ground.seeded.devices[0].token;
    until_status(&gateway, token, 200).await;

    scratch::let_read_changes(&url, &its_own, false).await.expect("it may not read them");
    let since = Instant::now();
    until_status(&gateway, token, 503).await;
    let refused = since.elapsed();
    scratch::let_read_changes(&url, &its_own, true).await.expect("it may read them again");
    let since = Instant::now();
    until_status(&gateway, token, 200).await;
    let back = since.elapsed();
    format!(
        "A gateway that may not read the changes any more refuses calls after {:.1} s, and takes them again {:.1} s after \
         it may.",
        refused.as_secs_f64(),
        back.as_secs_f64()
    )
}

async fn until_status(gateway: &Gateway, token: &str, status: u16) {
    let url = format!("{}/proxy/segment/public_api/labels", gateway.base());
    let wire = Wire::default();
    until_within(PATIENCE, "the gateway answers so", async || {
        let answer = wire.send(wire.client.get(&url).bearer_auth(token)).await;
        (answer.status == status).then_some(())
    })
    .await;
}
