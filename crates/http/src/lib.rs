#![doc = include_str!("../README.md")]

mod admission;
mod api;
mod browser_pages;
mod canonical;
mod challenge;
mod client_address;
mod connection;
mod dashboard;
mod extract;
mod first_bytes;
mod flat_failure;
mod line;
mod mcp;
mod oauth;
mod offered;
mod openapi;
mod operations;
mod places;
mod proxy;
mod reader;
mod rejection;
mod request_log;
mod resumed;
mod router;
mod said_once;
mod security_headers;
mod server;
mod slug;
mod state;
mod strict_json;
mod unread;

pub use openapi::openapi;
pub use operations::{install_metrics, metrics_router};
pub use router::router;
pub use server::{Listening, serve};
pub use state::{Compat, DoorLimits, DoorParts, Doors};
