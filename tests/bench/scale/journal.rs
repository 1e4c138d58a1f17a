//! A journal of any length, made up in the database.

use crate::world::Ground;
use keyferry_core::{Clock, SystemClock};
use keyferry_store::{Db, scratch};

/// Rows of one statement; it has to end within the store's ten seconds.
const BATCH: i64 = 20_000;

/// Adds rows until there are so many; they are spread over some devices.
pub(super) async fn fill(ground: &Ground, already: i64, rows: i64) {
    let db = Db::open(&ground.database()).await.expect("the database opens");
    let devices = &ground.seeded.devices;
    let mut from = already + 1;
    let mut device = devices.iter().cycle();
    while from <= rows {
        let to = rows.min(from + BATCH - 1);
        let planted = device.next().expect("there are devices");
        let caller = scratch::Caller { team: &planted.team, user: &planted.user, device: &planted.id };
        scratch::fill_journal(&db, caller, (from, to), SystemClock.now()).await.expect("rows are written");
        from = to + 1;
    }
    db.close().await;
}
