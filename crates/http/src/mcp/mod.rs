//! The doors for clients of the Model Context Protocol: `/mcp` with our ten tools (and, by `?tools=a,b` or as a
//! person chose for the device, tools of the catalog under their own names), and `/api/mcp` with ClawLink's eleven.
//!
//! Streamable HTTP, without sessions: a request is answered by whichever gateway it reaches. Clients of 2026-07-28 say
//! with each request who they are; older ones may shake hands first. What a tool refuses is an answer of the tool, with
//! the API's own body; JSON-RPC's errors are for requests that are none.

mod answer;
mod asked;
mod clawlink;
mod door;
mod elicit;
mod exposed;
mod handler;
mod hosts;
mod progress;
mod server;
mod tools;

use crate::state::Doors;
use axum::Router;
use axum::routing::{get, post};

pub(crate) fn router() -> Router<Doors> {
    Router::new()
        .route("/mcp", post(door::serve))
        .route("/api/mcp", get(clawlink::describe).post(door::serve_clawlink))
}
