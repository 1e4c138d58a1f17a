//! The house stands as ARCHITECTURE draws it: which room uses which, who may name which crate, where SQL may be.

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Each room and the rooms that it may use. A room may use only rooms above its own line.
const ROOMS: &[(&str, &[&str])] = &[
    ("core", &[]),
    ("vault", &["core"]),
    ("store", &["core"]),
    ("egress", &["core"]),
    ("catalog", &["core"]),
    ("upstream", &["core", "vault", "store", "egress", "catalog"]),
    ("identity", &["core", "vault", "store", "egress"]),
    ("broker", &["core", "vault", "store", "catalog", "upstream", "identity"]),
    ("http", &["core", "vault", "store", "egress", "catalog", "upstream", "identity", "broker"]),
    ("client", &["core"]),
    ("sandbox", &["core"]),
];

/// Rooms that wire or test the others and may use all of them.
const MAY_USE_ALL: &[&str] = &["keyferry", "testkit", "xtask", "tests"];

/// Crates that only some rooms may name.
const CRATES: &[(&str, &[&str])] = &[
    ("reqwest", &["client", "testkit"]),
    ("hyper-rustls", &["egress"]),
    ("axum", &["http", "sandbox"]),
    ("axum-extra", &["http"]),
    ("rmcp", &["http"]),
    ("tower-http", &["http", "sandbox"]),
    ("sqlx", &["store"]),
    ("aes-gcm", &["vault"]),
    ("jsonwebtoken", &["identity"]),
    ("argon2", &["identity"]),
    ("tantivy", &["catalog"]),
    ("jsonschema", &["catalog"]),
    ("askama", &["http"]),
    ("clap", &["keyferry", "xtask"]),
];

fn metadata() -> Metadata {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
    MetadataCommand::new().manifest_path(manifest).no_deps().exec().expect("cargo metadata")
}

fn room(package: &Package) -> &str {
    package.name.as_str().strip_prefix("keyferry-").unwrap_or(package.name.as_str())
}

/// What a package names outside its dev-dependencies, which are exempt.
fn named(package: &Package) -> BTreeSet<&str> {
    let kept = package.dependencies.iter().filter(|d| d.kind != DependencyKind::Development);
    kept.map(|d| d.name.as_str()).collect()
}

#[test]
fn every_arrow_is_on_the_map() {
    let allowed: BTreeMap<&str, &[&str]> = ROOMS.iter().copied().collect();
    let mut wrong = Vec::new();
    for package in &metadata().packages {
        let room = room(package);
        if MAY_USE_ALL.contains(&room) {
            continue;
        }
        let Some(uses) = allowed.get(room) else {
            wrong.push(format!("{room} is not on the map"));
            continue;
        };
        for other in named(package).iter().filter_map(|name| name.strip_prefix("keyferry-")) {
            if !uses.contains(&other) {
                wrong.push(format!("{room} may not use {other}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_room_of_the_map_is_there() {
    let metadata = metadata();
    let there: BTreeSet<&str> = metadata.packages.iter().map(room).collect();
    let drawn: BTreeSet<&str> =
        ROOMS.iter().map(|(name, _)| *name).chain(MAY_USE_ALL.iter().copied()).collect();
    assert_eq!(there, drawn);
}

#[test]
fn crates_are_named_only_where_they_belong() {
    let mut wrong = Vec::new();
    for package in &metadata().packages {
        let (room, named) = (room(package), named(package));
        for (name, rooms) in CRATES {
            if named.contains(name) && !rooms.contains(&room) {
                wrong.push(format!("{room} may not name {name}: only {rooms:?} may"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the workspace").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Lines of the rooms' sources (tests apart) that are told, outside the rooms that may.
fn lines_where(told: impl Fn(&str) -> bool, except: &[&str]) -> Vec<String> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(crates).expect("crates/").flatten() {
        let room = entry.file_name().into_string().expect("room names are ASCII");
        if except.contains(&room.as_str()) {
            continue;
        }
        let mut files = Vec::new();
        sources(&entry.path().join("src"), &mut files);
        for file in files {
            let text = std::fs::read_to_string(&file).expect("a source file");
            let hits = text.lines().filter(|line| told(line));
            found.extend(hits.map(|line| format!("{}: {}", file.display(), line.trim())));
        }
    }
    found
}

fn is_sql(line: &str) -> bool {
    let whole = ["SELECT ", "INSERT INTO ", "DELETE FROM ", "PRAGMA ", "CREATE TABLE "];
    whole.iter().any(|mark| line.contains(mark)) || (line.contains("UPDATE ") && line.contains(" SET "))
}

#[test]
fn sql_is_told_from_other_lines() {
    assert!(is_sql("const SQL: &str = \"UPDATE calls SET state = $1\";"));
    assert!(is_sql("\"SELECT 1\""));
    assert!(!is_sql("// updates the set of selected tools"));
}

#[test]
fn sql_stands_only_in_the_store() {
    let found = lines_where(is_sql, &["store", "testkit"]);
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn only_the_binary_reads_the_environment() {
    let reads =
        |line: &str| ["env::var(", "env::vars(", "env::var_os("].iter().any(|mark| line.contains(mark));
    let found = lines_where(reads, &["keyferry", "testkit"]);
    assert!(found.is_empty(), "{found:#?}");
}
