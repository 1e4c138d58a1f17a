//! `GET /suppressions`: pages of user ids, grouped by kind of subject (there is one kind here).

use super::pagination::{QueryMap, page};
use super::{Answer, data};
use crate::state::Region;
use axum::extract::State;
use serde_json::json;
use std::sync::Arc;

pub(super) async fn list(State(region): State<Arc<Region>>, query: QueryMap) -> Answer {
    let (ids, pagination) = page(&query, &region.workspace().suppressed)?;
    let suppressed = json!([{ "subjectType": "USER_ID", "subjectIds": ids }]);
    data(json!({ "suppressed": suppressed, "pagination": pagination }))
}
