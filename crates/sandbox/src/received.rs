//! A request taken in whole: nothing is decided while bytes are still under way, so that a cut or a delay is the same for
//! a small body and a large one.

use axum::body::Body;
use bytes::Bytes;
use flate2::read::GzDecoder;
use http::header::CONTENT_ENCODING;
use http::request::Parts;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use std::io::Read;

/// Largest body, before and after decompression. Far above Segment's own limits, so that those are what is met first.
const LARGEST_BODY: usize = 4 * 1024 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    TooLarge,
    Broken,
}

pub(crate) struct Received {
    pub(crate) parts: Parts,
    /// Decompressed.
    pub(crate) body: Result<Bytes, Unreadable>,
}

impl Received {
    pub(crate) async fn read(request: http::Request<Body>) -> Self {
        let (parts, body) = request.into_parts();
        let body = match Limited::new(body, LARGEST_BODY).collect().await {
            Ok(collected) => decoded(&parts, collected.to_bytes()),
            Err(cause) if cause.is::<LengthLimitError>() => Err(Unreadable::TooLarge),
            Err(_) => Err(Unreadable::Broken),
        };
        Self { parts, body }
    }
}

fn decoded(parts: &Parts, body: Bytes) -> Result<Bytes, Unreadable> {
    match parts.headers.get(CONTENT_ENCODING).map(|encoding| encoding.as_bytes().to_ascii_lowercase()) {
        None => Ok(body),
        Some(encoding) if encoding == b"identity" => Ok(body),
        Some(encoding) if encoding == b"gzip" => unzipped(&body),
        Some(_) => Err(Unreadable::Broken),
    }
}

fn unzipped(body: &[u8]) -> Result<Bytes, Unreadable> {
    let mut plain = Vec::new();
    let read = GzDecoder::new(body).take(LARGEST_BODY as u64 + 1).read_to_end(&mut plain);
    match read {
        Ok(length) if length > LARGEST_BODY => Err(Unreadable::TooLarge),
        Ok(_) => Ok(plain.into()),
        Err(_) => Err(Unreadable::Broken),
    }
}
