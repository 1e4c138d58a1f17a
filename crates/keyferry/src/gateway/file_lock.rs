//! One gateway a SQLite file. Two would not see each other's revocations at once, and would wait for each other's
//! writes.

use crate::private_file;
use anyhow::{Context, bail};
use std::fs::{File, TryLockError};
use std::path::Path;

/// Held for as long as the process serves; the system lets go of it when the process ends, however it ends.
pub(crate) struct FileLock {
    _held: File,
}

pub(crate) fn take(database: &Path) -> anyhow::Result<FileLock> {
    let path = database.with_extension("lock");
    let file = private_file::options().truncate(false).open(&path);
    let file = file.with_context(|| format!("can't open {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(FileLock { _held: file }),
        Err(TryLockError::WouldBlock) => bail!(
            "another keyferry serves {}: stop it, give this one a database of its own (--database or --data), or use \
             Postgres, which several gateways may share",
            database.display()
        ),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("can't lock {}", path.display()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_second_one_is_refused_until_the_first_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("keyferry.db");
        let first = take(&database).unwrap();
        let mode = std::fs::metadata(folder.path().join("keyferry.lock")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(take(&database).is_err());
        drop(first);
        assert!(take(&database).is_ok());
    }
}
