//! Clients of one device, calling every gateway without a pause until they are refused.

use keyferry_testkit::{Gateway, Wire};
use std::time::Instant;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Of each gateway.
const CALLERS: usize = 4;
const PATH: &str = "/proxy/segment/public_api/labels";

pub(super) struct Callers(Vec<JoinHandle<Instant>>);

impl Callers {
    /// Starts them, and waits until each got through.
    pub(super) async fn start(gateways: &[Gateway], token: &str) -> Self {
        let (through, mut heard) = mpsc::unbounded_channel();
        let urls = gateways.iter().map(|gateway| format!("{}{PATH}", gateway.base()));
        let urls = urls.flat_map(|url| vec![url; CALLERS]);
        let callers: Vec<_> =
            urls.map(|url| tokio::spawn(call(url, token.to_owned(), through.clone()))).collect();
        for _ in &callers {
            heard.recv().await.expect("every caller gets through at first");
        }
        Self(callers)
    }

    /// When the last call was answered that got through.
    pub(super) async fn until_refused(self) -> Instant {
        let mut last = None;
        for caller in self.0 {
            last = last.max(Some(caller.await.expect("a caller ends")));
        }
        last.expect("there are callers")
    }
}

async fn call(url: String, token: String, through: mpsc::UnboundedSender<()>) -> Instant {
    let client = Wire::default().client;
    let mut last = None;
    loop {
        let answer = client.get(&url).bearer_auth(&token).send().await.expect("a gateway answers");
        match answer.status().as_u16() {
            200 => {
                answer.bytes().await.expect("a whole answer");
                if last.replace(Instant::now()).is_none() {
                    through.send(()).expect("somebody waits");
                }
            }
            401 => return last.expect("it got through at first"),
            // A gateway that has too much to do; the revocation did not reach this call yet.
            503 => {}
            other => panic!("neither through nor refused: {other}"),
        }
    }
}
