//! Calls whose process died.

use crate::bind::binds;
use crate::idempotency::{self, KeyState};
use crate::row::row;
use crate::{Db, StoreError};
use keyferry_core::{CallId, TeamId, Timestamp};

row! {
    columns overdue_columns from "calls";
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Overdue {
        pub team: TeamId = "team_id",
        pub call: CallId = "id",
    }
}

/// Makes every intent whose deadline was before `before` an unknown; answers which, at most `limit`. Without a team: the
/// process that would have settled them served all teams, and it is gone.
pub async fn sweep_overdue(
    db: &Db,
    before: Timestamp,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<Overdue>, StoreError> {
    const SQL: &str = concat!(
        "UPDATE calls SET state = 'unknown', sent_may = TRUE, error_code = 'outcome_unknown', \
         error_message = 'The gateway stopped before it learned how the call ended.', finished_at = $2 \
         WHERE state = 'intent' AND (team_id, id) IN (SELECT o.team_id, o.id FROM calls o \
         WHERE o.state = 'intent' AND o.deadline_at < $1 ORDER BY o.deadline_at LIMIT $3) RETURNING ",
        overdue_columns!()
    );
    let mut tx = db.begin().await?;
    let overdue: Vec<Overdue> = tx.via().all_changed(SQL, binds![before, now, limit]).await?;
    for found in &overdue {
        idempotency::settle(&mut tx, &found.team, &found.call, KeyState::Finished).await?;
    }
    tx.commit().await?;
    Ok(overdue)
}
