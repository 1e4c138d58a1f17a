//! The statements on teams' rows that ask for no team, each with the reason why it can't. A test lists them.

mod lookup;
mod prune;
mod sealed;
mod sweep;

pub use lookup::{
    any_pairing_window, connect_session_by_token_hash, device_by_id, device_by_token_hash,
    refresh_token_by_hash, session_by_secret_hash,
};
pub use prune::{Pruned, prune_answers, prune_bodies, prune_body_keys, prune_calls, prune_short_lived};
pub use sealed::{SealedRow, SealedTable, replace_sealed, sealed_batch, sealed_under};
pub use sweep::{Overdue, sweep_overdue};
