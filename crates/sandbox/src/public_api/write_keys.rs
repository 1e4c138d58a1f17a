//! `DELETE /sources/{id}/writekey/{key}`, which exists as alpha only, and carries the key in its path.

use super::error::ApiError;
use super::{Answer, sources, success};
use crate::state::Region;
use axum::extract::{Path, State};
use std::sync::Arc;

pub(super) async fn remove(
    State(region): State<Arc<Region>>,
    Path((id, key)): Path<(String, String)>,
) -> Answer {
    let mut workspace = region.workspace();
    let source = workspace.source_mut(&id).ok_or_else(|| sources::unknown(&id))?;
    let before = source.write_keys.len();
    source.write_keys.retain(|known| *known != key);
    if source.write_keys.len() == before {
        return Err(ApiError::not_found("The source has no such write key"));
    }
    success()
}
