//! Called through a link named like one of ClawLink's commands, the executable takes that command's arguments, so
//! that the examples of a skill written for it run word for word.

use anyhow::Context;
use std::ffi::OsString;
use std::path::Path;

/// The name of the link, and the command it stands for.
const NAMES: &[(&str, &[&str])] = &[
    ("clawlink_begin_pairing", &["pair"]),
    ("clawlink_call_tool", &["call"]),
    ("clawlink_describe_tool", &["tools", "describe"]),
    ("clawlink_list_integrations", &["integrations"]),
    ("clawlink_list_tools", &["tools", "list"]),
    ("clawlink_preview_tool", &["preview"]),
    ("clawlink_search_tools", &["tools", "search"]),
];

/// The command line as it would be under the executable's own name.
pub(crate) fn arguments(given: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut given: Vec<OsString> = given.collect();
    let name =
        given.first().and_then(|program| Path::new(program).file_name()).and_then(|name| name.to_str());
    if let Some((_, command)) = NAMES.iter().find(|(link, _)| name == Some(link)) {
        given.splice(0..1, ["keyferry"].iter().chain(*command).map(OsString::from));
    }
    given
}

/// Makes the links in a folder. A link of ours is made anew; anything else of that name is left and said.
pub(crate) fn make(folder: &Path) -> anyhow::Result<()> {
    let program = std::env::current_exe().context("can't tell where this executable is")?;
    std::fs::create_dir_all(folder).with_context(|| format!("can't make {}", folder.display()))?;
    for (name, _) in NAMES {
        let link = folder.join(name);
        if std::fs::symlink_metadata(&link).is_ok_and(|found| found.is_symlink()) {
            std::fs::remove_file(&link).with_context(|| format!("can't replace {}", link.display()))?;
        }
        std::os::unix::fs::symlink(&program, &link).with_context(|| {
            format!("can't make {}: take away what stands there, or choose another folder", link.display())
        })?;
        println!("{} → keyferry", link.display());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(given: &[&str]) -> Vec<String> {
        let given = given.iter().map(OsString::from);
        arguments(given).into_iter().map(|argument| argument.into_string().unwrap()).collect()
    }

    #[test]
    fn a_link_stands_for_its_command() {
        let call = texts(&["/somewhere/clawlink_call_tool", "--tool", "segment_track", "--params", "{}"]);
        assert_eq!(call, ["keyferry", "call", "--tool", "segment_track", "--params", "{}"]);
        assert_eq!(
            texts(&["clawlink_list_tools", "--integration", "segment"])[..3],
            ["keyferry", "tools", "list"]
        );
    }

    #[test]
    fn the_own_name_is_left_alone() {
        assert_eq!(texts(&["keyferry", "call"]), ["keyferry", "call"]);
    }
}
