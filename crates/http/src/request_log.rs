//! One line a request, with names, ids and sizes; never arguments, bodies, or the path itself, which may hold a
//! one-time token: the route's pattern stands in its place.

use crate::client_address::ClientAddress;
use crate::reader::Reader;
use crate::rejection::{self, Asked};
use axum::body::HttpBody;
use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use keyferry_core::{Clock, DeviceId, RequestId, SystemClock};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

/// Filled in by the extractor that finds out who is asking.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asker(Arc<OnceLock<DeviceId>>);

impl Asker {
    pub(crate) fn is(&self, device: &DeviceId) {
        // A second extractor of the same request finds the same device.
        let _ = self.0.set(device.clone());
    }
}

/// Gives the request its id, times it, writes its line and counts it.
pub(crate) async fn log(mut request: Request, next: Next) -> Response {
    let id = RequestId::new();
    let asker = Asker::default();
    let method = known_method(request.method());
    let route = request.extensions().get::<MatchedPath>().map_or("unknown", MatchedPath::as_str).to_owned();
    let address = request.extensions().get::<ClientAddress>().map(|address| address.0);
    let received = request.body().size_hint().exact();
    let path = request.uri().path().to_owned();
    let reader = Reader::of(&path, request.headers());
    request.extensions_mut().insert(id.clone());
    request.extensions_mut().insert(asker.clone());
    request.extensions_mut().insert(reader);

    let (began, start) = (SystemClock.now(), Instant::now());
    let answered = next.run(request).await;
    let took = start.elapsed();
    let (mut response, code) =
        rejection::finish(answered, &Asked { path: &path, reader, id: &id, began, took });

    let status = response.status().as_u16();
    let sent = response.body().size_hint().exact();
    let code = code.map_or("-", |code| code.as_str());
    let device = asker.0.get().map_or("-", DeviceId::as_str);
    let address = address.map_or_else(|| "-".to_owned(), |address| address.to_string());
    let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    tracing::info!(
        target: "keyferry::request",
        request = %id, method, route, status, code, millis, device, address, received, sent,
        "answered"
    );
    let labels = [("route", route), ("method", method.to_owned()), ("status", status.to_string())];
    metrics::counter!("keyferry_http_requests_total", &labels).increment(1);
    metrics::histogram!("keyferry_http_request_seconds", &labels[..1]).record(took.as_secs_f64());

    if let Ok(value) = id.as_str().parse() {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}

/// A method that somebody made up must not become a label, nor a word in the log.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
