//! One running sandbox with a clock of its own, and the calls that tests make of it.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use keyferry_core::ManualClock;
use keyferry_sandbox::{
    RegionCredentials, RunningSandbox, Sandbox, SandboxCredentials, SandboxLimits, SandboxSettings,
};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;

pub(crate) struct House {
    pub(crate) sandbox: RunningSandbox,
    pub(crate) clock: ManualClock,
    pub(crate) client: Client,
}

impl House {
    pub(crate) async fn open() -> Self {
        Self::with_limits(SandboxLimits::default()).await
    }

    pub(crate) async fn with_limits(limits: SandboxLimits) -> Self {
        let clock = ManualClock::new();
        let listen = "127.0.0.1:0".parse().unwrap();
        let settings = SandboxSettings {
            limits,
            clock: Arc::new(clock.clone()),
            ..SandboxSettings::new(listen, SandboxCredentials::random())
        };
        let sandbox = Sandbox::start(settings).await.unwrap();
        Self { sandbox, clock, client: Client::builder().no_proxy().build().unwrap() }
    }

    pub(crate) fn keys(&self) -> &RegionCredentials {
        &self.sandbox.credentials.us
    }

    /// The Public API of `us`, with its owner's token.
    pub(crate) fn public(&self, method: &str, path: &str) -> RequestBuilder {
        self.request(method, &format!("/us/public_api{path}")).bearer_auth(&self.keys().public_api)
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        answer(self.public("GET", path)).await.1
    }

    pub(crate) async fn source(&self, slug: &str) -> Value {
        let all = self.get("/sources").await;
        all["data"]["sources"]
            .as_array()
            .unwrap()
            .iter()
            .find(|source| source["slug"] == slug)
            .unwrap()
            .clone()
    }

    /// The Tracking API of `us`, with the website's write key.
    pub(crate) fn track(&self, call: &str) -> RequestBuilder {
        let key = self.keys().tracking().unwrap();
        self.request("POST", &format!("/us/tracking/v1/{call}")).basic_auth(key, Some(""))
    }

    /// Profiles of `us`, below a user's profile: `user_id:u-1001/traits`.
    pub(crate) fn user(&self, below: &str) -> RequestBuilder {
        let path =
            format!("/us/profiles/v1/spaces/{}/collections/users/profiles/{below}", self.keys().space_id);
        self.request("GET", &path).basic_auth(&self.keys().profiles, Some(""))
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        self.client
            .request(Method::from_bytes(method.as_bytes()).unwrap(), format!("{}{path}", self.sandbox.url()))
    }

    pub(crate) async fn requests(&self, after: u64) -> Vec<Value> {
        let (_, body) = answer(self.request("GET", &format!("/__sandbox/requests?after={after}"))).await;
        body["requests"].as_array().unwrap().clone()
    }

    pub(crate) async fn events(&self) -> Vec<Value> {
        answer(self.request("GET", "/__sandbox/events")).await.1["events"].as_array().unwrap().clone()
    }

    pub(crate) async fn arm(&self, fault: Value) {
        let (status, body) = answer(self.request("POST", "/__sandbox/faults").json(&fault)).await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
    }
}

/// Status, and the body as JSON; as a string when it is none.
pub(crate) async fn answer(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap();
    let status = response.status();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or_else(|_| json!(text)))
}
