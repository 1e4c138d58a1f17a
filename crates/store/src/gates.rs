//! Counting under a cap, so that a hundred at once don't pass where one may.

use crate::bind::binds;
use crate::{StoreError, Tx};

/// Whether a row was let in under its cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    Admitted,
    /// The cap is reached; nothing was written.
    Full,
    /// What the row would belong to is revoked or deleted; nothing was written.
    Gone,
}

/// Makes every other transaction that asks for the same gate wait until this one ends.
pub(crate) async fn hold(tx: &mut Tx, name: &'static str) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO gates (name, passed) VALUES ($1, CAST(1 AS BIGINT)) \
         ON CONFLICT (name) DO UPDATE SET passed = gates.passed + 1";
    tx.via().execute(SQL, binds![name]).await.map(|_| ())
}
