//! Law 4, read off the source: who works on a team's rows names the team; the exceptions stand in `system`.

use std::fs;
use std::path::Path;

/// Modules whose rows belong to the gateway or to a person, and to no team.
const NO_TEAM: [&str; 20] = [
    "attempts",
    "budgets",
    "changes",
    "db",
    "master_keys",
    "meta",
    "oauth_clients",
    "oauth_codes",
    "one_time_links",
    "pairings",
    "replicas",
    "schema",
    "scratch",
    "sessions",
    "signing_keys",
    "teams",
    "tx",
    "users",
    "journal_batch",
    "claim_batch",
];

/// What carries its team along.
const CARRIES_ITS_TEAM: [&str; 11] = [
    "&TeamId",
    "&Device",
    "&Connection",
    "&NewConnection",
    "&Credential",
    "&ConnectSession",
    "&Confirmation",
    "&Claim",
    "&RefreshToken",
    "&PairingWindow",
    "&OAuthGrant",
];

/// Whether one of them stands there as a whole word: `&DeviceId` carries no team.
fn carries_its_team(signature: &str) -> bool {
    let ends = |rest: &str| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_');
    let stands = |carrier: &str| {
        signature.match_indices(carrier).any(|(at, found)| ends(&signature[at + found.len()..]))
    };
    CARRIES_ITS_TEAM.iter().any(|carrier| stands(carrier))
}

#[test]
fn an_id_alone_carries_no_team() {
    assert!(carries_its_team("get(via: V, team: &TeamId, id: &DeviceId)"));
    assert!(carries_its_team("insert(tx: &mut Tx, device: &Device)"));
    assert!(!carries_its_team("get(via: V, id: &DeviceId)"));
    assert!(!carries_its_team("get(via: V, id: &ConnectionId, of: &ConfirmationId)"));
}

fn sources(folder: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut found: Vec<(String, String)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| {
            (path.file_stem().unwrap().to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap())
        })
        .collect();
    found.sort();
    found
}

/// The public asynchronous functions of a source: doc and signature of each.
fn functions(source: &str) -> Vec<(String, String)> {
    source
        .match_indices("pub async fn ")
        .map(|(at, _)| {
            let doc: Vec<&str> =
                source[..at].lines().rev().take_while(|line| line.trim().starts_with("///")).collect();
            let signature = source[at..].split(" {\n").next().unwrap();
            (doc.into_iter().rev().collect::<Vec<_>>().join("\n"), signature.to_owned())
        })
        .collect()
}

fn name(signature: &str) -> &str {
    signature.trim_start_matches("pub async fn ").split(['<', '(']).next().unwrap()
}

#[test]
fn who_works_on_a_teams_rows_names_the_team() {
    let mut without = Vec::new();
    for (module, source) in sources("src") {
        if NO_TEAM.contains(&module.as_str()) {
            continue;
        }
        for (_, signature) in functions(&source) {
            if !carries_its_team(&signature) {
                without.push(format!("{module}::{}", name(&signature)));
            }
        }
    }
    // A person's own teams are asked for by the person; a team's key carries its team in its row.
    assert_eq!(without, ["members::memberships_of", "team_keys::insert_or_get"]);
}

#[test]
fn the_exceptions_are_these_each_with_its_reason() {
    let mut listed = Vec::new();
    for (_, source) in sources("src/system") {
        for (doc, signature) in functions(&source) {
            let doc = doc.replace("\n///", "");
            assert!(doc.contains("Without a team: "), "system::{} gives no reason", name(&signature));
            listed.push(name(&signature).to_owned());
        }
    }
    let expected = [
        "device_by_token_hash",
        "device_by_id",
        "refresh_token_by_hash",
        "connect_session_by_token_hash",
        "session_by_secret_hash",
        "any_pairing_window",
        "prune_calls",
        "prune_bodies",
        "prune_answers",
        "prune_body_keys",
        "prune_short_lived",
        "sealed_batch",
        "replace_sealed",
        "sealed_under",
        "sweep_overdue",
    ];
    assert_eq!(listed, expected);
}

#[test]
fn one_text_serves_both_engines() {
    let allowed = [
        "bind",
        "changes",
        "db",
        "engine",
        "error",
        "held",
        "journal_batch",
        "lease",
        "lib",
        "plans",
        "postgres",
        "row",
        "schema",
        "scratch",
        "tx",
        "unreachable",
    ];
    for (module, source) in sources("src").into_iter().chain(sources("src/system")) {
        if !allowed.contains(&module.as_str()) {
            assert!(!source.contains("Postgres"), "{module} tells the engines apart");
        }
    }
}

#[test]
fn every_tenant_table_leads_with_its_team() {
    let gateway_wide = [
        "users",
        "teams",
        "sessions",
        "one_time_links",
        "attempts",
        "directory",
        "pairings",
        "oauth_clients",
        "oauth_codes",
        "signing_keys",
        "master_keys",
        "replicas",
        "changes",
        "change_counter",
        "budgets",
        "gates",
        "meta",
    ];
    for (file, source) in migrations() {
        for table in source.split("CREATE TABLE ").skip(1) {
            let (name, body) = table.split_once(" (").unwrap();
            let first_column = body.trim_start().lines().find(|line| !line.trim().starts_with("--")).unwrap();
            let leads = first_column.trim().starts_with("team_id ") && body.contains("PRIMARY KEY (team_id");
            assert!(leads || gateway_wide.contains(&name), "{file}: {name} does not lead with its team");
        }
    }
}

fn migrations() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.map(|path| (path.display().to_string(), fs::read_to_string(path).unwrap())).collect()
}
