//! A gateway that is nothing but its description: it answers what `openapi.json` promises, and notes everything that
//! was asked of it and is not described there.

use crate::described::Description;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use keyferry_client::Client;
use serde_json::{Map, Value};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use url::Url;

/// What every request is answered with.
#[derive(Clone, Copy)]
pub(crate) enum Answering {
    /// Success, with every field that is described.
    Whole,
    /// Success, with no field more than is promised.
    Bare,
    /// Status 418 with the body of this schema, whole or bare.
    Failing(&'static str, bool),
}

#[derive(Clone)]
pub(crate) struct Gateway {
    pub(crate) description: Arc<Description>,
    answering: Answering,
    base: Url,
    /// Method and path of the last request.
    last: Arc<Mutex<(String, String)>>,
    faults: Arc<Mutex<Vec<String>>>,
}

impl Gateway {
    pub(crate) async fn start(answering: Answering) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let (last, faults) = (Arc::default(), Arc::default());
        let gateway = Self { description: Arc::new(Description::read()), answering, base, last, faults };
        let router = Router::new().fallback(answer).with_state(gateway.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        gateway
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(self.base.clone(), Some("kfd_x".into())).unwrap()
    }

    pub(crate) fn last(&self) -> (String, String) {
        self.last.lock().unwrap().clone()
    }

    /// What was asked and is not described.
    pub(crate) fn faults(&self) -> Vec<String> {
        self.faults.lock().unwrap().clone()
    }
}

async fn answer(
    State(gateway): State<Gateway>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (method, path) = (method.to_string(), uri.path().to_owned());
    *gateway.last.lock().unwrap() = (method.clone(), path.clone());
    let fault = |what: String| gateway.faults.lock().unwrap().push(format!("{method} {path}{what}"));
    let Some(operation) = gateway.description.operation(&method, &path) else {
        fault(String::new());
        return StatusCode::NOT_FOUND.into_response();
    };
    for (name, _) in url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
        if !operation.takes_in_query(&name) {
            fault(format!("?{name}"));
        }
    }
    let described = operation.body().map(|body| body.properties()).unwrap_or_default();
    for name in fields(&headers, &body).keys().filter(|name| !described.contains_key(name.as_str())) {
        fault(format!(" with `{name}`"));
    }
    let (status, body) = match gateway.answering {
        Answering::Failing(schema, whole) => {
            (StatusCode::IM_A_TEAPOT, gateway.description.schema(schema).example(whole, ""))
        }
        whole => {
            let whole = matches!(whole, Answering::Whole);
            let Some(answer) = operation.answer() else { return StatusCode::OK.into_response() };
            (StatusCode::OK, answer.example(whole, ""))
        }
    };
    (status, axum::Json(body)).into_response()
}

/// What was sent, as an object, whether it came as JSON or as a form.
fn fields(headers: &HeaderMap, body: &[u8]) -> Map<String, Value> {
    if body.is_empty() {
        return Map::new();
    }
    if headers[header::CONTENT_TYPE] == "application/json" {
        return serde_json::from_slice(body).unwrap();
    }
    let pairs = url::form_urlencoded::parse(body);
    pairs.map(|(name, value)| (name.into_owned(), value.into_owned().into())).collect()
}
