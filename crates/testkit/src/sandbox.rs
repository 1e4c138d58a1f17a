//! The stand-in for Segment, as a test uses it: what arrived, what is to go wrong, the keys that it takes.

use keyferry_sandbox::{RunningSandbox, Sandbox, SandboxCredentials, SandboxLimits, SandboxSettings};
use reqwest::Method;
use serde_json::Value;
use std::net::{Ipv4Addr, SocketAddr};

/// No test is about the sandbox's own limits.
const UNLIMITED: SandboxLimits = SandboxLimits {
    public_api_per_minute: u32::MAX,
    tracking_per_second: u32::MAX,
    profiles_per_second: u32::MAX,
};

pub struct TestSandbox {
    address: SocketAddr,
    client: reqwest::Client,
    running: Option<RunningSandbox>,
}

impl TestSandbox {
    /// Starts one in this process, on a free port.
    ///
    /// # Panics
    /// When it can't be started.
    pub async fn start(keys: SandboxCredentials) -> Self {
        let mut sandbox = Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            client: reqwest::Client::builder().no_proxy().build().expect("a plain client"),
            running: None,
        };
        sandbox.start_again(keys).await;
        sandbox
    }

    /// Starts it again where it was, as freshly seeded as at first: perhaps with other keys.
    ///
    /// # Panics
    /// When it can't be started.
    pub async fn start_again(&mut self, keys: SandboxCredentials) {
        self.stop().await;
        let settings = SandboxSettings { limits: UNLIMITED, ..SandboxSettings::new(self.address, keys) };
        let running = Sandbox::start(settings).await.unwrap_or_else(|error| panic!("{error}"));
        self.address = running.address;
        self.running = Some(running);
    }

    /// Nobody listens there any more.
    pub async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
    }

    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What arrived after number `after`, oldest first.
    pub async fn requests(&self, after: u64) -> Vec<Value> {
        self.list(&format!("/__sandbox/requests?after={after}"), "requests").await
    }

    /// What arrived after number `after` and is no read.
    pub async fn changes(&self, after: u64) -> Vec<Value> {
        let mut requests = self.requests(after).await;
        requests.retain(|request| request["method"] != "GET");
        requests
    }

    /// The number of the newest request, for `after`.
    pub async fn last(&self) -> u64 {
        self.requests(0).await.last().and_then(|request| request["n"].as_u64()).unwrap_or(0)
    }

    /// What was tracked, and why Segment would have dropped it.
    pub async fn events(&self) -> Vec<Value> {
        self.list("/__sandbox/events", "events").await
    }

    async fn list(&self, path: &str, name: &str) -> Vec<Value> {
        let list = self.control(Method::GET, path, None).await;
        list[name].as_array().cloned().unwrap_or_else(|| panic!("no `{name}` in {list}"))
    }

    /// Makes a request go wrong: `{"match": {"api": "tracking"}, "kind": "cut"}`.
    pub async fn fault(&self, fault: Value) {
        self.control(Method::POST, "/__sandbox/faults", Some(fault)).await;
    }

    pub async fn clear_faults(&self) {
        self.control(Method::DELETE, "/__sandbox/faults", None).await;
    }

    /// Does something to the account behind the gateway's back: a request to one API with its own key.
    ///
    /// # Panics
    /// When the sandbox does not do it.
    pub async fn behind_the_back(&self, method: &str, path: &str, bearer: &str, body: Value) -> Value {
        let request = self.client.request(method.parse().expect("a method"), format!("{}{path}", self.url()));
        let request = request.bearer_auth(bearer).header("content-type", "application/vnd.segment.v1+json");
        let request = if body.is_null() { request } else { request.body(body.to_string()) };
        let response = request.send().await.expect("the sandbox answers");
        let (status, text) = (response.status(), response.text().await.unwrap_or_default());
        assert!(status.is_success(), "{method} {path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    async fn control(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let request = self.client.request(method, format!("{}{path}", self.url()));
        let request = match &body {
            Some(body) => request.json(body),
            None => request,
        };
        let response = request.send().await.expect("the sandbox answers");
        assert!(response.status().is_success(), "{path} {body:?}: {}", response.status());
        response.json().await.unwrap_or_default()
    }
}
