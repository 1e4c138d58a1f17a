//! The doors, over real rooms: a database of the test's own, the catalog, the sandbox. Laid out as the URL tree.

#![expect(clippy::unwrap_used, reason = "a helper that can't do its part fails the test")]

mod api;
mod dashboard;
mod doors;
mod every_route;
mod gateway;
mod mcp;
mod oauth;
mod operations;
mod proxy;
mod server;
mod surroundings;
mod unread;
