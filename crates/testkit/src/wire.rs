//! The HTTP client of the tests: follows nothing by itself, and keeps every byte that it was answered.

use reqwest::header::HeaderMap;
use reqwest::{Certificate, ClientBuilder, RequestBuilder, redirect};
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Longer than the gateway's own deadline for a call.
const TIMEOUT: Duration = Duration::from_secs(120);

#[derive(Debug, Clone)]
pub struct Wire {
    pub client: reqwest::Client,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Default for Wire {
    fn default() -> Self {
        Self::of(builder())
    }
}

fn builder() -> ClientBuilder {
    reqwest::Client::builder().timeout(TIMEOUT).redirect(redirect::Policy::none()).no_proxy()
}

/// One answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    /// `Null` when the body is no JSON.
    pub body: Value,
}

impl Answer {
    /// The status and the code of a failure, in whichever of its shapes; an empty code when it is none.
    #[must_use]
    pub fn told(&self) -> (u16, &str) {
        let code = self.body["error"]["code"].as_str().or_else(|| self.body["code"].as_str());
        (self.status, code.or_else(|| self.body["error"].as_str()).unwrap_or_default())
    }

    /// The body of an answer that must be a success.
    ///
    /// # Panics
    /// When it is none.
    #[track_caller]
    #[expect(clippy::must_use_candidate, reason = "that it is a success is an assertion by itself")]
    pub fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{:#}", self.body);
        self.body
    }

    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl Wire {
    fn of(client: ClientBuilder) -> Self {
        Self { client: client.build().expect("a plain client"), heard: Arc::default() }
    }

    /// Trusts this certificate (PEM) and no other.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn trusting(certificate: &str) -> Self {
        let certificate = Certificate::from_pem(certificate.as_bytes()).expect("a certificate");
        Self::of(builder().tls_certs_only([certificate]))
    }

    /// Sends a request and reads the answer.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn try_send(&self, request: RequestBuilder) -> Result<Answer, reqwest::Error> {
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await?;
        self.keep(format!("{status} {headers:?}\n").as_bytes());
        self.keep(&bytes);
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        Ok(Answer { status, headers, text: String::from_utf8_lossy(&bytes).into_owned(), body })
    }

    /// Sends a request and reads the answer.
    ///
    /// # Panics
    /// When no answer comes.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        self.try_send(request).await.unwrap_or_else(|error| panic!("no answer: {error:?}"))
    }

    fn keep(&self, bytes: &[u8]) {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.extend_from_slice(bytes);
        heard.push(b'\n');
    }

    /// Every status line, header and body so far.
    #[must_use]
    pub fn heard(&self) -> Vec<u8> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
