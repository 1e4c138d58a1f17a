//! Every function of the store, on both engines, through its public surface.

#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it should be")]

mod bounds;
mod budgets;
mod calls;
mod changes;
mod claim;
mod claim_batch;
mod confirmations;
mod connections;
mod devices;
mod erase;
mod journal;
mod law;
mod oauth;
mod pairings;
mod people;
mod proxy_grants;
mod rotation;
mod schema;
mod standing;
mod sweep;
mod unreachable;
mod world;
