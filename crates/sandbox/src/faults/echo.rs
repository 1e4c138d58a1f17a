//! An upstream that gives the credential back, in the ways that one could: as it is, encoded, inside a sentence, as a
//! key, in a header. For tests of what a gateway lets through.

use crate::received::Received;
use axum::body::Body;
use axum::response::Response;
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::StatusCode;
use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::io::Write;

/// Bytes a chunk: less than any key, so that each is torn.
const CHUNK: usize = 7;

/// Stands in the JSON where the text with `\u` escapes goes; a serializer would escape the escapes.
const ESCAPED_HERE: &str = "@escaped@";

pub(crate) fn echo(received: &Received, status: StatusCode, compressed: bool) -> Response {
    let authorization =
        received.parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or("");
    let secret = secret_of(authorization).or_else(|| body_write_key(received)).unwrap_or_default();
    let mut body = encodings(authorization, &secret).into_bytes();
    if compressed {
        body = gzipped(&body);
    }
    let mut response = Response::new(in_chunks(&body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if compressed {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    if let Ok(value) = HeaderValue::from_str(&secret) {
        headers.insert("x-echoed-credential", value);
    }
    response
}

/// The bearer token, or the user name of basic authentication.
fn secret_of(authorization: &str) -> Option<String> {
    let (scheme, value) = authorization.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Some(value.trim().to_owned());
    }
    let pair = String::from_utf8(BASE64_STANDARD.decode(value.trim()).ok()?).ok()?;
    pair.split(':').next().map(str::to_owned)
}

fn body_write_key(received: &Received) -> Option<String> {
    let body: Value = serde_json::from_slice(received.body.as_ref().ok()?).ok()?;
    body.get("writeKey")?.as_str().map(str::to_owned)
}

fn encodings(authorization: &str, secret: &str) -> String {
    let percent: String = secret.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let escaped: String = secret.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
    json!({
        "data": {"echo": {
            "raw": secret,
            "authorization": authorization,
            "sentence": format!("the key \"{secret}\" was received"),
            "asKey": {secret: true},
            "nested": [[{"value": secret}]],
            "json": json!({"token": secret}).to_string(),
            "escaped": ESCAPED_HERE,
            "base64": BASE64_STANDARD.encode(secret),
            "base64WithColon": BASE64_STANDARD.encode(format!("{secret}:")),
            "base64Url": BASE64_URL_SAFE_NO_PAD.encode(secret),
            "hex": hex::encode(secret),
            "hexUpper": hex::encode_upper(secret),
            "percent": percent,
        }},
        "errors": [{"type": "echo", "message": format!("invalid token {secret}")}],
    })
    .to_string()
    .replace(ESCAPED_HERE, &escaped)
}

fn gzipped(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).and_then(|()| encoder.finish()).expect("writing to memory does not fail")
}

fn in_chunks(body: &[u8]) -> Body {
    let chunks: Vec<_> =
        body.chunks(CHUNK).map(|chunk| Ok::<_, Infallible>(Bytes::copy_from_slice(chunk))).collect();
    Body::from_stream(futures::stream::iter(chunks))
}
