//! Files with secrets: readable by their owner alone from the first byte on, replaced in one step.

use anyhow::{Context, bail};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Options for a file that is made with mode 0600.
pub(crate) fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).mode(0o600);
    options
}

/// Makes a folder (and those above it) that only its owner may enter.
pub(crate) fn folder(path: &Path) -> anyhow::Result<()> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.with_context(|| format!("can't make {}", path.display()))
}

/// Shuts everybody else out of a folder that was there before.
pub(crate) fn close_folder(path: &Path) -> anyhow::Result<()> {
    let closed = std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700));
    closed.with_context(|| format!("can't close {} to others", path.display()))
}

/// Writes beside and renames, so that a crash leaves the old file or the new one.
pub(crate) fn write(path: &Path, value: &impl Serialize) -> anyhow::Result<()> {
    let beside = path.with_extension("new");
    let text = serde_json::to_vec_pretty(value)?;
    let write = || -> std::io::Result<()> {
        // What a crash or somebody else left there would lend its mode, or lead elsewhere.
        if let Err(error) = std::fs::remove_file(&beside)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            return Err(error);
        }
        let mut file = options().create_new(true).open(&beside)?;
        file.write_all(&text)?;
        file.sync_all()?;
        std::fs::rename(&beside, path)
    };
    write().with_context(|| format!("can't write {}", path.display()))
}

/// Reads what `write` wrote; `None` when there is no such file. One that others can read is refused.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> anyhow::Result<Option<T>> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("can't read {}", path.display())),
    };
    if std::fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
        bail!("{0} can be read by others: close it with `chmod 600 {0}`", path.display());
    }
    let value = serde_json::from_slice(&text);
    value.map(Some).with_context(|| format!("{} is damaged: delete it", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::Permissions;

    #[test]
    fn what_was_written_is_read_and_nobody_else_may() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.json");
        assert_eq!(read::<Vec<u8>>(&path).unwrap(), None);
        write(&path, &[1, 2]).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(read::<Vec<u8>>(&path).unwrap(), Some(vec![1, 2]));
        std::fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        assert!(read::<Vec<u8>>(&path).is_err());
    }

    #[test]
    fn what_lies_beside_lends_neither_its_mode_nor_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let (path, beside) = (folder.path().join("secret.json"), folder.path().join("secret.new"));
        std::fs::write(&beside, "left").unwrap();
        std::fs::set_permissions(&beside, Permissions::from_mode(0o644)).unwrap();
        write(&path, &[1]).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let elsewhere = folder.path().join("elsewhere");
        std::fs::write(&elsewhere, "kept").unwrap();
        std::os::unix::fs::symlink(&elsewhere, &beside).unwrap();
        write(&path, &[2]).unwrap();
        assert_eq!(std::fs::read_to_string(&elsewhere).unwrap(), "kept");
        assert_eq!(read::<Vec<u8>>(&path).unwrap(), Some(vec![2]));
    }
}
