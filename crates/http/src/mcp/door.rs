//! From a request to a server for it alone: who asks is found out first, the body is read as strictly as everywhere,
//! and only then is it the protocol's turn.

use super::clawlink::ClawLink;
use super::exposed;
use super::handler::Handler;
use super::hosts;
use super::server::Server;
use crate::extract::{Device, JsonBody, McpDevice};
use crate::rejection::Rejection;
use crate::state::Doors;
use axum::body::Body;
use axum::extract::{FromRequest, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use keyferry_core::{Failure, RequestId};
use rmcp::transport::streamable_http_server::StreamableHttpService;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use serde_json::{Value, json};
use std::sync::Arc;

/// JSON-RPC's codes for a message that can't be read, a parameter that is wrong, and ClawLink's for nobody.
const PARSE_ERROR: i64 = -32700;
const INVALID_PARAMS: i64 = -32602;
const UNAUTHORIZED: i64 = -32001;

/// `POST /mcp`
pub(super) async fn serve(
    State(doors): State<Doors>,
    McpDevice(principal): McpDevice,
    Extension(request): Extension<RequestId>,
    asked: Request,
) -> Response {
    let exposed = match exposed::asked(&doors, &principal, asked.uri().query()).await {
        Ok(exposed) => exposed,
        Err(failure) => return error(StatusCode::BAD_REQUEST, INVALID_PARAMS, &failure.message),
    };
    let server = Server::new(doors.clone(), principal, request, exposed);
    answer(&doors, Handler::Ours(server), asked).await
}

/// `POST /api/mcp`: for clients that were made for ClawLink's, which takes and gives JSON alone.
pub(super) async fn serve_clawlink(
    State(doors): State<Doors>,
    device: Result<Device, Rejection>,
    Extension(request): Extension<RequestId>,
    mut asked: Request,
) -> Response {
    let principal = match device {
        Ok(Device(principal)) => principal,
        Err(rejection) if rejection.status() == StatusCode::UNAUTHORIZED => {
            return error(StatusCode::UNAUTHORIZED, UNAUTHORIZED, "Unauthorized");
        }
        Err(rejection) => return rejection.into_response(),
    };
    let both = HeaderValue::from_static("application/json, text/event-stream");
    asked.headers_mut().insert(header::ACCEPT, both);
    let server = ClawLink::new(doors.clone(), principal, request);
    answer(&doors, Handler::ClawLink(server), asked).await
}

async fn answer(doors: &Doors, handler: Handler, asked: Request) -> Response {
    let (parts, body) = match read(doors, asked).await {
        Ok(read) => read,
        Err(refused) => return refused,
    };
    let config = hosts::config(&doors.public_url).with_cancellation_token(doors.stop.child_token());
    let service = StreamableHttpService::new(
        move || Ok(handler.clone()),
        Arc::new(NeverSessionManager::default()),
        config,
    );
    service.handle(Request::from_parts(parts, Body::from(body))).await.map(Body::new)
}

/// The head, and the body written anew from what we read: nobody after us can read it in another way.
async fn read(doors: &Doors, asked: Request) -> Result<(Parts, Vec<u8>), Response> {
    let (parts, body) = asked.into_parts();
    let mut again = Request::new(body);
    *again.headers_mut() = parts.headers.clone();
    *again.extensions_mut() = parts.extensions.clone();
    let read = JsonBody::from_request(again, doors).await.map_err(unreadable)?;
    let body = serde_json::to_vec(&read.0)
        .map_err(|error| Rejection::from(Failure::internal(error)).into_response())?;
    Ok((parts, body))
}

fn unreadable(rejection: Rejection) -> Response {
    match rejection.status() {
        StatusCode::BAD_REQUEST => error(StatusCode::BAD_REQUEST, PARSE_ERROR, rejection.message()),
        _ => rejection.into_response(),
    }
}

fn error(status: StatusCode, code: i64, message: &str) -> Response {
    let body = json!({"jsonrpc": "2.0", "id": Value::Null, "error": {"code": code, "message": message}});
    (status, Json(body)).into_response()
}
