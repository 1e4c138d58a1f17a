//! The proxy door, laid out by what is asked of it.

mod grants;
mod passing;
mod public_api;
mod refusing;
mod told;

use crate::gateway::{Asking, Gateway, Person};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use keyferry_core::Rule;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) const BATCH: &str = "/proxy/segment/tracking/v1/batch";

/// A person, the sandbox connected, and a trusted device.
pub(crate) async fn trusted() -> (Gateway, Person, String) {
    let gateway = Gateway::new().await;
    let person = gateway.person("ada@example.com").await;
    gateway.connect(&person).await;
    let token = gateway.device(&person, Rule::Trusted).await;
    (gateway, person, token)
}

pub(crate) trait AsClient {
    /// As Segment's libraries give a write key.
    fn basic(self, user: &str) -> Self;
}

impl AsClient for Asking {
    fn basic(self, user: &str) -> Self {
        self.header("authorization", &format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:"))))
    }
}

impl Gateway {
    /// What arrived at one of the sandbox's APIs, oldest first.
    pub(crate) async fn arrived(&self, api: &str) -> Vec<Value> {
        let mut line = TcpStream::connect(self.sandbox.address).await.unwrap();
        let request = "GET /__sandbox/requests HTTP/1.1\r\nHost: sandbox\r\nConnection: close\r\n\r\n";
        line.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        line.read_to_string(&mut answer).await.unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let mut list: Value = serde_json::from_str(body).unwrap();
        let Value::Array(requests) = list["requests"].take() else { panic!("no requests: {list}") };
        requests.into_iter().filter(|request| request["api"] == api).collect()
    }

    pub(crate) fn write_key(&self) -> &str {
        self.sandbox.credentials.us.tracking().unwrap()
    }
}
