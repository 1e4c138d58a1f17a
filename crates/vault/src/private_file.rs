//! Files that only their owner may read, and that are written whole or not at all.

use crate::KeyRingError;
use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

const OWNER_ONLY: u32 = 0o600;
const GROUP_AND_OTHERS: u32 = 0o077;

/// Reads a file after checking, on the file that was opened, that nobody else may.
pub(crate) fn read(path: &Path) -> Result<Zeroizing<String>, KeyRingError> {
    // Named before it is opened, since opening a pipe would wait for a writer.
    let kind = fs::metadata(path).map_err(|error| missing_or("read", path, error))?;
    if !kind.is_file() {
        return Err(KeyRingError::NotAFile { path: path.to_owned() });
    }
    let mut file = File::open(path).map_err(|error| missing_or("read", path, error))?;
    let opened = file.metadata().map_err(|error| failed("read", path, error))?;
    let mode = opened.permissions().mode() & 0o777;
    if mode & GROUP_AND_OTHERS != 0 {
        return Err(KeyRingError::Exposed { path: path.to_owned(), mode });
    }
    let room = usize::try_from(opened.len()).unwrap_or(0) + 1;
    let mut text = Zeroizing::new(String::with_capacity(room));
    file.read_to_string(&mut text).map_err(|error| failed("read", path, error))?;
    Ok(text)
}

/// Makes a file that is not there yet, and the folders above it.
pub(crate) fn create(path: &Path, text: &str) -> Result<(), KeyRingError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder(path))
        .map_err(|error| failed("make the folder of", path, error))?;
    let draft = Draft::begin(path)?;
    draft.write(text)?;
    // A link fails when the name is taken, where a rename would replace it: no key file is ever lost to a second one.
    fs::hard_link(&draft.path, path).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => KeyRingError::Exists { path: path.to_owned() },
        _ => failed("make", path, error),
    })?;
    drop(draft);
    sync_folder(path)
}

/// Puts `change(text)` in the place of a file's text. The draft beside it keeps a second change out meanwhile, so
/// that of two commands at once neither loses the other's key.
pub(crate) fn replace(
    path: &Path,
    change: impl FnOnce(&str) -> Result<Zeroizing<String>, KeyRingError>,
) -> Result<(), KeyRingError> {
    let draft = Draft::begin(path)?;
    let text = change(&read(path)?)?;
    draft.write(&text)?;
    draft.put_at(path)?;
    sync_folder(path)
}

/// A file beside the one that is being written. Dropped before it took its place, it is removed.
struct Draft {
    path: PathBuf,
    file: File,
    placed: bool,
}

impl Draft {
    fn begin(target: &Path) -> Result<Self, KeyRingError> {
        let mut name = target.file_name().map(OsString::from).unwrap_or_default();
        name.push(".new");
        let path = folder(target).join(name);
        let opened = OpenOptions::new().write(true).create_new(true).mode(OWNER_ONLY).open(&path);
        match opened {
            Ok(file) => Ok(Self { path, file, placed: false }),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(KeyRingError::Busy { path }),
            Err(error) => Err(failed("write", &path, error)),
        }
    }

    fn write(&self, text: &str) -> Result<(), KeyRingError> {
        (&self.file)
            .write_all(text.as_bytes())
            .and_then(|()| self.file.sync_all())
            .map_err(|error| failed("write", &self.path, error))
    }

    fn put_at(mut self, target: &Path) -> Result<(), KeyRingError> {
        fs::rename(&self.path, target).map_err(|error| failed("replace", target, error))?;
        self.placed = true;
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Once it is placed, its name may be another command's draft already.
        if !self.placed {
            // Best effort: when it stays, the next command says so and names it.
            _ = fs::remove_file(&self.path);
        }
    }
}

/// Makes the new name durable: without it a crash may bring the old file back.
fn sync_folder(path: &Path) -> Result<(), KeyRingError> {
    File::open(folder(path)).and_then(|folder| folder.sync_all()).map_err(|error| failed("keep", path, error))
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn missing_or(doing: &'static str, path: &Path, error: io::Error) -> KeyRingError {
    match error.kind() {
        ErrorKind::NotFound => KeyRingError::Missing { path: path.to_owned() },
        _ => failed(doing, path, error),
    }
}

fn failed(doing: &'static str, path: &Path, source: io::Error) -> KeyRingError {
    KeyRingError::Io { doing, path: path.to_owned(), source }
}
