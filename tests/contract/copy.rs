//! Segment's files as they are but for the published limits: a run of all examples would wait for minutes otherwise.

use std::path::Path;
use tempfile::TempDir;

/// Calls a minute.
const ROOM: u32 = 100_000;

/// A folder of integrations that takes the place of the built-in one.
pub(crate) fn with_room() -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    let segment = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/integrations/segment");
    copy(&segment, &folder.path().join("segment"));
    folder
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("the integration's folder").flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            let text = std::fs::read_to_string(&path).expect("a file of the integration");
            std::fs::write(target, roomy(&text)).expect("a copy");
        }
    }
}

fn roomy(text: &str) -> String {
    let mut parts = text.split("per_minute: ");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|letter: char| letter.is_ascii_digit());
        whole.push_str(&format!("per_minute: {ROOM}{rest}"));
    }
    whole
}
