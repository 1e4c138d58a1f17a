//! Segment as the binary knows it, but without its limits: what is measured is the gateway, not how soon it says that
//! Segment's 200 requests a minute are used up. The budget is counted all the same.

use std::path::Path;

const SEGMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../config/integrations/segment");
/// More than anything here sends.
const PLENTY: &str = "limit: { per_minute: 1000000000 }";

/// Writes it into a folder, for `integrations_dir`; beside it as many further ones, which differ from it in their names.
pub(crate) fn without_limits(folder: &Path, further: usize) {
    copy(Path::new(SEGMENT), &folder.join("segment"), "segment");
    for number in 1..=further {
        let name = format!("further{number}");
        copy(Path::new(SEGMENT), &folder.join(&name), &name);
    }
}

fn copy(from: &Path, to: &Path, name: &str) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("the integration's folder").flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &target, name);
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a file of the integration");
        let text = text.replace("segment_", &format!("{name}_"));
        let text = text.replace("integration: segment\n", &format!("integration: {name}\n"));
        let lines = text.lines().map(|line| if is_limit(line) { with_plenty(line) } else { line.to_owned() });
        std::fs::write(target, lines.collect::<Vec<_>>().join("\n") + "\n").expect("a copy");
    }
}

fn is_limit(line: &str) -> bool {
    line.trim_start().starts_with("limit: { per_")
}

fn with_plenty(line: &str) -> String {
    let indent = line.len() - line.trim_start().len();
    " ".repeat(indent) + PLENTY
}
