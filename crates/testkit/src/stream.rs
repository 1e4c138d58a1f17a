//! A device's stream of calls, and all that was heard on it.

use crate::device::Device;
use crate::wait::PATIENCE;
use serde_json::Value;

#[derive(Debug)]
pub struct CallStream {
    response: reqwest::Response,
    heard: Vec<u8>,
}

impl CallStream {
    /// Opens it; `query` may be empty.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn open(device: &Device, query: &str) -> Self {
        let address = format!("{}/api/calls/stream?{query}", device.base);
        let asked = device.wire.client.get(address).bearer_auth(&device.token).send().await;
        let response = asked.and_then(reqwest::Response::error_for_status).expect("a stream");
        Self { response, heard: Vec::new() }
    }

    /// Listens until a call is told, by its id.
    ///
    /// # Panics
    /// When the stream ends before, or nothing of it comes for far longer than it takes.
    pub async fn until_told(&mut self, call: &Value) {
        let id = call.as_str().expect("a call's id is a text");
        let listening = async {
            while !self.heard().contains(id) {
                let chunk = self.response.chunk().await.expect("the stream goes on");
                self.heard.extend_from_slice(&chunk.expect("the stream is not over"));
            }
        };
        tokio::time::timeout(PATIENCE, listening).await.unwrap_or_else(|_| panic!("{id} is not told"));
    }

    /// Everything so far.
    #[must_use]
    pub fn heard(&self) -> String {
        String::from_utf8_lossy(&self.heard).into_owned()
    }
}
