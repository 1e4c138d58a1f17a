//! What the project ships is a configuration: the commented file, and the variables of the compose file.

use super::{Config, Flags, load};
use std::path::{Path, PathBuf};

fn shipped(file: &str) -> (PathBuf, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
    (path, text)
}

fn read(file: &Path, variables: Vec<(String, String)>) -> Config {
    load(Some(file), variables.into_iter(), Flags::default()).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn the_shipped_file_shows_every_key_and_is_read() {
    let (path, text) = shipped("config/keyferry.toml");
    read(&path, Vec::new());
    let uncommented = text.lines().map(|line| line.strip_prefix("#: ").unwrap_or(line));
    let uncommented: String = uncommented.map(|line| format!("{line}\n")).collect();
    let all = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(all.path(), uncommented).unwrap();
    read(all.path(), Vec::new());
}

#[test]
fn the_compose_files_variables_are_keys_and_their_values_are_taken() {
    let (_, text) = shipped("docker-compose.yml");
    let variables = text.lines().filter_map(|line| line.trim().split_once(": "));
    let variables = variables.filter(|(name, _)| name.starts_with("KEYFERRY_"));
    let variables: Vec<_> =
        variables.map(|(name, value)| (name.to_owned(), usual(value).to_owned())).collect();
    assert!(variables.len() > 5, "{variables:?}");
    let (empty, _) = shipped("config/keyferry.toml");
    let config = read(&empty, variables);
    assert_eq!(config.key_file(), Path::new("/run/secrets/master_key"));
}

/// A value without its quotes; `${NAME:-usual}` as when the variable is not set.
fn usual(value: &str) -> &str {
    let value = value.trim_matches('\'');
    let inner = value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    inner.and_then(|inner| inner.split_once(":-")).map_or(value, |(_, usual)| usual)
}
