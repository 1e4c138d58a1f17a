//! Forms. Both kinds are extractors that yield nothing unless their checks passed, so that no handler can forget one.

use super::origin;
use super::refusal::Refusal;
use super::session::Session;
use crate::extract::collect;
use crate::state::Doors;
use axum::RequestExt;
use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{Method, header};
use bytes::Bytes;
use keyferry_core::ErrorCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// No form of ours is longer, in bytes.
const LONGEST: usize = 64 * 1024;
const URL_ENCODED: &str = "application/x-www-form-urlencoded";

/// A form of a signed-in person: sent from our own page, with the token of the very session.
#[derive(Debug)]
pub(super) struct Form<T> {
    pub(super) by: Session,
    pub(super) fields: T,
}

/// A form before sign-in. It has no session that a token could belong to: `Origin` guards it.
#[derive(Debug)]
pub(super) struct OpenForm<T>(pub(super) T);

/// A button before sign-in. Nothing is read of what came with it: that it was pressed on a page of ours is all.
#[derive(Debug)]
pub(super) struct OpenButton;

/// A form without fields of its own: a button.
#[derive(Debug, Deserialize)]
pub(super) struct Button {}

#[derive(Deserialize)]
struct Token {
    csrf: String,
}

impl<T: DeserializeOwned> FromRequest<Doors> for Form<T> {
    type Rejection = Refusal;

    async fn from_request(mut request: Request, doors: &Doors) -> Result<Self, Refusal> {
        origin::must_be_ours(doors, request.headers())?;
        let by: Session = request.extract_parts_with_state(doors).await?;
        let body = read(request, doors).await?;
        let Token { csrf } = parse(&body).await.map_err(|_| Refusal::stale_form())?;
        if !by.signed_in.is_csrf(&csrf) {
            return Err(Refusal::stale_form());
        }
        let fields = parse(&body).await?;
        Ok(Self { by, fields })
    }
}

impl<T: DeserializeOwned> FromRequest<Doors> for OpenForm<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, doors: &Doors) -> Result<Self, Refusal> {
        origin::must_be_ours(doors, request.headers())?;
        let body = read(request, doors).await?;
        parse(&body).await.map(Self)
    }
}

impl FromRequestParts<Doors> for OpenButton {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, doors: &Doors) -> Result<Self, Refusal> {
        origin::must_be_ours(doors, &parts.headers).map(|()| Self)
    }
}

/// The body, when it is a form, within the limits of size and time. U+0000 is refused: the store has no room for it.
async fn read(request: Request, doors: &Doors) -> Result<Bytes, Refusal> {
    let named =
        request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let essence = named.split(';').next().unwrap_or("").trim();
    if !essence.eq_ignore_ascii_case(URL_ENCODED) {
        return Err(Refusal::broken_form());
    }
    let body = collect(request.into_body(), LONGEST, doors.limits.patience).await;
    let body = body.map_err(|failure| match failure.code {
        ErrorCode::PayloadTooLarge => Refusal::long_form(),
        ErrorCode::GatewayUnavailable => Refusal::slow_form(),
        _ => Refusal::broken_form(),
    })?;
    let holds_nul = body.contains(&0) || body.windows(3).any(|three| three == b"%00");
    if holds_nul { Err(Refusal::broken_form()) } else { Ok(body) }
}

/// Reads a struct out of the form; fields that it doesn't name are passed over.
async fn parse<T: DeserializeOwned>(body: &Bytes) -> Result<T, Refusal> {
    let mut request = Request::new(Body::from(body.clone()));
    *request.method_mut() = Method::POST;
    request.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(URL_ENCODED));
    let read = axum::Form::<T>::from_request(request, &()).await;
    read.map(|axum::Form(fields)| fields).map_err(|_| Refusal::broken_form())
}
