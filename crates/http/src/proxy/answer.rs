//! An answer on its way out.

use crate::places::Place;
use axum::body::Body;
use axum::http::{HeaderName, StatusCode};
use axum::response::Response;
use futures::stream;
use keyferry_broker::proxy::{AnswerBody, ProxyAnswer};
use keyferry_core::DeviceId;

/// Where the journal has the call.
const CALL: HeaderName = HeaderName::from_static("x-keyferry-call");

/// The place is held until the last byte is taken.
pub(super) fn response(answer: ProxyAnswer, place: Place<DeviceId>) -> Response {
    let body = match answer.body {
        AnswerBody::Whole(bytes) => Body::from(bytes),
        AnswerBody::Streamed(streamed) => {
            Body::from_stream(stream::try_unfold((streamed, place), |(mut streamed, place)| async move {
                let piece = streamed.next().await?;
                Ok::<_, keyferry_broker::proxy::BrokenOff>(piece.map(|piece| (piece, (streamed, place))))
            }))
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    *response.headers_mut() = answer.headers;
    if let Some(call) = answer.meta.call_id.and_then(|id| id.parse().ok()) {
        response.headers_mut().insert(CALL, call);
    }
    response
}
