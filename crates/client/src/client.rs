//! One gateway, spoken to with one token.

use crate::answers::{Approval, Call, Calls, ConnectLink, Connection, Done, Integration, Preview, Tools};
use crate::error::{ClientError, Refusal};
use keyferry_core::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::time::Duration;
use url::Url;

/// Longer than the gateway's own deadline for a call.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Within which a gateway that is there takes a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// What came back: read as far as a caller acts on it, and whole.
#[derive(Debug, Clone)]
pub struct Reply<T> {
    pub value: T,
    pub raw: Value,
}

/// What previewing and calling a tool take.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CallBody {
    pub arguments: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
}

/// Which of the device's calls are asked for.
#[derive(Debug, Clone, Default)]
pub struct CallsAsked {
    pub tool: Option<String>,
    pub state: Option<String>,
    /// 1 to 200; 50 when absent.
    pub limit: Option<u32>,
}

#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    token: Option<SecretString>,
}

impl Client {
    /// A client of the gateway at `base`; without a token it can only pair.
    pub fn new(base: Url, token: Option<SecretString>) -> Result<Self, ClientError> {
        let http = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("keyferry/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| unreachable(&base, &error))?;
        Ok(Self { http, base, token })
    }

    #[must_use]
    pub fn base(&self) -> &Url {
        &self.base
    }

    pub async fn whoami(&self) -> Result<Reply<Value>, ClientError> {
        self.get(&["api", "agent", "whoami"], &[]).await
    }

    pub async fn integrations(&self) -> Result<Reply<Vec<Integration>>, ClientError> {
        let reply: Reply<Value> = self.get(&["api", "integrations"], &[]).await?;
        self.part(reply, "integrations")
    }

    pub async fn connections(&self) -> Result<Reply<Vec<Connection>>, ClientError> {
        let reply: Reply<Value> = self.get(&["api", "connections"], &[]).await?;
        self.part(reply, "connections")
    }

    pub async fn tools(&self, integration: Option<&str>) -> Result<Reply<Tools>, ClientError> {
        let query: Vec<(&str, String)> = [("view", "brief".to_owned())]
            .into_iter()
            .chain(integration.map(|i| ("integration", i.to_owned())))
            .collect();
        self.get(&["api", "tools"], &query).await
    }

    pub async fn search(
        &self,
        text: &str,
        integration: Option<&str>,
        limit: Option<u32>,
    ) -> Result<Reply<Tools>, ClientError> {
        let mut query = vec![("view", "brief".to_owned()), ("query", text.to_owned())];
        query.extend(integration.map(|integration| ("integration", integration.to_owned())));
        query.extend(limit.map(|limit| ("limit", limit.to_string())));
        self.get(&["api", "tools", "search"], &query).await
    }

    /// Everything about one tool, its schema included.
    pub async fn describe(&self, tool: &str) -> Result<Reply<Value>, ClientError> {
        self.get(&["api", "tools", tool], &[]).await
    }

    pub async fn preview(&self, tool: &str, body: &CallBody) -> Result<Reply<Preview>, ClientError> {
        self.post(&["api", "tools", tool, "preview"], body).await
    }

    pub async fn call(&self, tool: &str, body: &CallBody) -> Result<Reply<Done>, ClientError> {
        self.post(&["api", "tools", tool, "execute"], body).await
    }

    /// The device's own requests for approval, with their state.
    pub async fn approvals(&self) -> Result<Reply<Vec<Approval>>, ClientError> {
        let reply: Reply<Value> = self.get(&["api", "approvals"], &[]).await?;
        self.part(reply, "approvals")
    }

    /// What this device did, the newest first.
    pub async fn calls(&self, asked: &CallsAsked) -> Result<Reply<Calls>, ClientError> {
        let text = |name, given: &Option<String>| given.clone().map(|given| (name, given));
        let limit = asked.limit.map(|limit| ("limit", limit.to_string()));
        let query = [text("tool", &asked.tool), text("state", &asked.state), limit];
        self.get(&["api", "calls"], &query.into_iter().flatten().collect::<Vec<_>>()).await
    }

    /// One of them, with its arguments and its answer while they are kept.
    pub async fn one_call(&self, id: &str) -> Result<Reply<Call>, ClientError> {
        self.get(&["api", "calls", id], &[]).await
    }

    /// A new link at which a person connects an account.
    pub async fn connect(&self, integration: &str) -> Result<Reply<ConnectLink>, ClientError> {
        let body = json!({"integration": integration, "reuseIfConnected": false});
        self.post(&["api", "connect", "start"], &body).await
    }

    /// Whether the gateway can serve.
    pub async fn ready(&self) -> Result<(), ClientError> {
        self.get::<Value>(&["readyz"], &[]).await.map(|_| ())
    }

    async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, String)],
    ) -> Result<Reply<T>, ClientError> {
        let request = self.http.get(self.url(path)).query(query);
        self.answer(request).await
    }

    async fn post<T: DeserializeOwned>(
        &self,
        path: &[&str],
        body: &impl Serialize,
    ) -> Result<Reply<T>, ClientError> {
        self.answer(self.http.post(self.url(path)).json(body)).await
    }

    pub(crate) async fn post_form<T: DeserializeOwned>(
        &self,
        path: &[&str],
        form: &[(&str, &str)],
    ) -> Result<Reply<T>, ClientError> {
        self.answer(self.http.post(self.url(path)).form(form)).await
    }

    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }

    async fn answer<T: DeserializeOwned>(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<Reply<T>, ClientError> {
        let request = match &self.token {
            Some(token) => request.bearer_auth(token.expose_secret()),
            None => request,
        };
        let response = request.send().await.map_err(|error| unreachable(&self.base, &error))?;
        let status = response.status();
        let bytes = response.bytes().await.map_err(|error| unreachable(&self.base, &error))?;
        let other = |why: String| self.not_keyferry(status.as_u16(), why);
        // OAuth's revocation answers nothing.
        let text = if bytes.is_empty() && status.is_success() { b"null" } else { bytes.as_ref() };
        let raw: Value =
            serde_json::from_slice(text).map_err(|_| other("no JSON in its answer".to_owned()))?;
        if !status.is_success() {
            let refusal = Refusal::read(status.as_u16(), raw);
            return Err(refusal.map_or_else(
                || other("an error of another form".to_owned()),
                |refusal| ClientError::Refused(Box::new(refusal)),
            ));
        }
        let value = T::deserialize(&raw).map_err(|error| other(error.to_string()))?;
        Ok(Reply { value, raw })
    }

    fn part<T: DeserializeOwned>(&self, reply: Reply<Value>, name: &str) -> Result<Reply<T>, ClientError> {
        let part = reply.value.get(name).cloned().unwrap_or_default();
        let value = T::deserialize(part).map_err(|error| self.not_keyferry(200, error.to_string()))?;
        Ok(Reply { value, raw: reply.raw })
    }

    fn not_keyferry(&self, status: u16, why: String) -> ClientError {
        ClientError::NotKeyferry { base: self.base.to_string(), status, why }
    }
}

/// The reason without the URL, which reqwest repeats, and with the cause beneath, which it hides.
fn unreachable(base: &Url, error: &reqwest::Error) -> ClientError {
    let mut deepest: &dyn std::error::Error = error;
    while let Some(cause) = deepest.source() {
        deepest = cause;
    }
    let mut why = deepest.to_string();
    if base.scheme() == "https" && why.contains("InvalidContentType") {
        why = "it speaks no TLS; its address may begin with http://".to_owned();
    }
    ClientError::Unreachable { base: base.to_string(), why }
}
