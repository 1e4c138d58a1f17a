//! The whole tour with marked secrets and marked people, then a search: no log line, no metric, no byte of the database
//! holds one of them in any encoding, and no answer holds a secret. (Answers echo people to the caller who named them.)

use keyferry_sandbox::RegionCredentials;
use keyferry_store::scratch;
use keyferry_testkit::needles::{Needle, found};
use keyferry_testkit::postgres::Server;
use keyferry_testkit::{Demo, Device, Engine, Typed};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

const MAIL: &str = "marked.mail.5d1f@person.example";
const USER: &str = "marked-user-77aa41c9";
const OTHER: &str = "marked-previous-0b5e33";
const ANONYMOUS: &str = "marked-anonymous-9c22f1";
const NAME: &str = "Markedname Überperson";
const PHONE: &str = "+35100 marked 4477";
const TRAIT: &str = "marked-trait-value-18d0";
const SETTING: &str = "marked-setting-secret-61b7e2";
const TYPED_WRONG: &str = "marked-wrongly-typed-password-30f";
const TYPED_KEY: &str = "sgp_markedWronglyTypedKey55c1aa90";

/// Everything about people that the tour sends.
fn people() -> Vec<Needle> {
    let marks = [MAIL, USER, OTHER, ANONYMOUS, NAME, PHONE, TRAIT];
    marks.iter().map(|mark| Needle::new(format!("personal data ({mark})"), mark)).collect()
}

/// What must not be in any answer either.
async fn upstream_secrets(demo: &Demo) -> Vec<Needle> {
    let mut secrets = vec![Needle::new("a setting", SETTING), Needle::new("a key typed wrongly", TYPED_KEY)];
    for (region, keys) in [("us", &demo.keys.us), ("eu", &demo.keys.eu)] {
        secrets.extend(keys_of(region, keys));
        let path = format!("/{region}/public_api/destinations?pagination.count=100");
        let destinations = demo.sandbox.behind_the_back("GET", &path, &keys.public_api, Value::Null).await;
        for destination in destinations["data"]["destinations"].as_array().expect("destinations") {
            let settings = destination["settings"].as_object().expect("settings").iter();
            // A word such as `level` stands in other places too; the secrets among the settings are long.
            let hidden =
                settings.filter(|(name, _)| *name != "endpoint").filter_map(|(_, value)| value.as_str());
            let hidden = hidden.filter(|value| value.len() >= 12);
            secrets.extend(
                hidden.map(|value| Needle::new(format!("a setting of {}", destination["name"]), value)),
            );
        }
    }
    secrets
}

fn keys_of(region: &str, keys: &RegionCredentials) -> Vec<Needle> {
    let mut needles = vec![
        Needle::new(format!("{region}'s Public API token"), &keys.public_api),
        Needle::new(format!("{region}'s weak token"), &keys.public_api_without_rights),
        Needle::new(format!("{region}'s Profiles token"), &keys.profiles),
    ];
    for (source, write_keys) in &keys.write_keys {
        needles.extend(
            write_keys.iter().map(|key| Needle::new(format!("{region}'s write key of {source}"), key)),
        );
    }
    needles
}

/// The gateway's own: told once to who shall have them, and written nowhere.
fn own_secrets(demo: &Demo, tokens: &[String]) -> Vec<Needle> {
    let mut secrets = vec![
        Needle::new("the device's token", &demo.file.device_token),
        Needle::new("the password", &demo.file.password),
        Needle::new("a password typed wrongly", TYPED_WRONG),
    ];
    secrets.extend(tokens.iter().map(|token| Needle::new("a token of the tour", token)));
    secrets
}

/// Calls by every way; whatever they answer.
async fn tour(demo: &Demo) -> Vec<String> {
    let (device, person) = (demo.device(), demo.person().await);
    wrong_sign_in(demo).await;
    person.connect("Wrong", "eu", Typed { public_api: Some(TYPED_KEY), ..Typed::default() }).await;
    person
        .connected(
            "Weak",
            "eu",
            Typed { public_api: Some(&demo.keys.eu.public_api_without_rights), ..Typed::default() },
        )
        .await;
    let eu = person.connected("Europe", "eu", Typed::all(&demo.keys.eu)).await;
    let trusted = person.new_device("trusted", "trusted").await;
    let quick = demo.device_with(&trusted);
    for number in [demo.file.connection_id, eu] {
        reads(&device, number).await;
        events(&device, &quick, number).await;
        source_changes(demo, &device, number).await;
    }
    refusals(&device).await;
    upstream_trouble(demo, &device, &quick).await;
    for page in [
        "/dashboard",
        "/dashboard/calls",
        "/dashboard/connections",
        "/dashboard/connections/1",
        "/dashboard/devices",
    ] {
        person.open(page).await;
    }
    demo.cli(&["call", "segment_list_sources", "--json"]).await;
    demo.cli(&["call", "segment_track", "--params", &event().to_string(), "--yes"]).await;
    read_the_journal(&device).await;
    vec![trusted]
}

async fn wrong_sign_in(demo: &Demo) {
    let guest = demo.stranger();
    let form = guest.open("/dashboard/sign-in").await.form("/dashboard/sign-in");
    guest.send(form.fill("email", MAIL).fill("password", TYPED_WRONG)).await;
}

async fn reads(device: &Device, number: i64) {
    let with = json!({"connectionId": number});
    let listed = device.call_with("segment_list_sources", json!({"limit": 100}), with.clone()).await.ok();
    let source = listed["result"]["data"]["sources"][0]["id"].clone();
    let calls = [
        ("segment_get_workspace", json!({})),
        ("segment_get_source", json!({"sourceId": source})),
        ("segment_list_destinations", json!({"limit": 100})),
        ("segment_list_warehouses", json!({})),
        ("segment_list_connected_warehouses_from_source", json!({"sourceId": source})),
        ("segment_list_labels", json!({})),
        ("segment_list_suppressions", json!({})),
        ("segment_get_profile_traits", json!({"idType": "user_id", "idValue": USER})),
        ("segment_get_profile_events", json!({"idType": "email", "idValue": MAIL})),
        ("segment_get_profile_external_ids", json!({"idType": "anonymous_id", "idValue": ANONYMOUS})),
        ("segment_get_profile_links", json!({"idType": "user_id", "idValue": USER})),
    ];
    for (tool, arguments) in calls {
        device.call_with(tool, arguments, with.clone()).await;
    }
    for select in ["/data/sources/*/writeKeys", "/data/sources/0", "/data"] {
        let with = json!({"connectionId": number, "select": select});
        device.call_with("segment_list_sources", json!({"limit": 100}), with).await.ok();
    }
}

fn traits() -> Value {
    json!({"email": MAIL, "name": NAME, "phone": PHONE, "custom": {"deep": [TRAIT]}})
}

fn event() -> Value {
    json!({"userId": USER, "anonymousId": ANONYMOUS, "event": "Marked", "properties": {"email": MAIL, "note": TRAIT},
        "context": {"traits": traits()}})
}

async fn events(device: &Device, quick: &Device, number: i64) {
    let calls = [
        ("segment_identify", json!({"userId": USER, "traits": traits()})),
        ("segment_track", event()),
        (
            "segment_page",
            json!({"anonymousId": ANONYMOUS, "name": "Home", "properties": {"url": format!("https://x.example/?u={MAIL}")}}),
        ),
        ("segment_screen", json!({"userId": USER, "name": "Home", "properties": {"note": TRAIT}})),
        ("segment_group", json!({"userId": USER, "groupId": "acme", "traits": {"contact": MAIL}})),
        ("segment_alias", json!({"userId": USER, "previousId": OTHER})),
        (
            "segment_batch",
            json!({"batch": [
                {"type": "identify", "userId": USER, "traits": traits()},
                {"type": "track", "userId": MAIL, "event": "Marked", "properties": {"name": NAME}},
            ]}),
        ),
    ];
    for (n, (tool, arguments)) in calls.into_iter().enumerate() {
        let with = json!({"connectionId": number});
        device.preview_with(tool, arguments.clone(), with.clone()).await.ok();
        device.call_with(tool, arguments.clone(), with).await.ok();
        let with = json!({"connectionId": number, "idempotencyKey": format!("marked-{number}-{n}")});
        quick.call_with(tool, arguments.clone(), with.clone()).await.ok();
        quick.call_with(tool, arguments, with).await.ok();
    }
}

/// A changed source, a setting that is secret, a write key removed by its handle and by itself, an approval.
async fn source_changes(demo: &Demo, device: &Device, number: i64) {
    let with = json!({"connectionId": number});
    let listed = device.call_with("segment_list_sources", json!({"limit": 100}), with.clone()).await.ok();
    let sources = listed["result"]["data"]["sources"].as_array().expect("sources").clone();
    let website = sources.iter().find(|source| source["slug"] == "website").expect("a seeded source");
    let handle = website["writeKeys"][0].as_str().expect("a handle").to_owned();
    assert!(handle.starts_with("kfs_"), "a write key came back as {handle}");
    let id = website["id"].clone();
    let update =
        json!({"sourceId": id, "settings": {"website_url": "https://x.example", "apiSecret": SETTING}});
    device.preview_with("segment_update_source", update.clone(), with.clone()).await;
    device.call_with("segment_update_source", update, with.clone()).await;
    for (tool, arguments) in [
        ("segment_get_source", json!({"sourceId": handle})),
        ("segment_track", json!({"userId": handle, "event": "A handle elsewhere"})),
        ("segment_add_labels_to_source", json!({"sourceId": id, "labels": [handle]})),
    ] {
        let answer = device.call_with(tool, arguments, with.clone()).await;
        assert_ne!(answer.status, 200, "{tool} took a handle: {}", answer.text);
    }
    let removal = json!({"sourceId": id, "writeKey": handle});
    let preview =
        device.preview_with("segment_remove_source_write_key", removal.clone(), with.clone()).await.ok();
    let url = preview["data"]["confirmation"]["approvalUrl"].as_str().expect("a link").to_owned();
    let person = demo.person().await;
    person.open(&url).await;
    person.approve(&url).await;
    device.call_with("segment_remove_source_write_key", removal, with).await.ok();
}

/// Arguments that are wrong, with people in them.
async fn refusals(device: &Device) {
    let calls = [
        ("segment_track", json!({"userId": USER, "event": {"name": MAIL}})),
        ("segment_track", json!({"event": "Nobody", "properties": {"email": MAIL}})),
        ("segment_identify", json!({"userId": USER, "traits": MAIL, "unknownArgument": NAME})),
        ("segment_get_source", json!({"sourceId": "nobodyKnowsThisSource1", "name": MAIL})),
        ("segment_get_profile_traits", json!({"idType": MAIL, "idValue": USER})),
        ("segment_no_such_tool", json!({"userId": USER})),
        ("segment_add_labels_to_source", json!({"sourceId": "x1", "labels": [MAIL]})),
    ];
    for (tool, arguments) in calls {
        device.call(tool, arguments.clone()).await;
        device.preview(tool, arguments).await;
    }
    device
        .json("POST", "/api/tools/segment_track/execute", json!({"arguments": MAIL, "connectionId": USER}))
        .await;
}

/// Upstreams that fail, and that say what they were told.
async fn upstream_trouble(demo: &Demo, device: &Device, quick: &Device) {
    let reads = [
        ("public_api", "segment_get_workspace", json!({})),
        ("profiles", "segment_get_profile_traits", json!({"idType": "user_id", "idValue": USER})),
        ("tracking", "segment_track", event()),
    ];
    for (api, tool, arguments) in reads {
        for (status, compressed) in [(200, false), (200, true), (400, false), (422, true), (500, false)] {
            let fault = json!({"match": {"api": api}, "kind": "echo_secret", "status": status, "compressed": compressed});
            demo.sandbox.fault(fault).await;
            let by = if api == "tracking" { quick } else { device };
            by.call(tool, arguments.clone()).await;
            demo.sandbox.clear_faults().await;
        }
        for kind in ["cut", "cut_after_done"] {
            demo.sandbox.fault(json!({"match": {"api": api}, "times": 5, "kind": kind})).await;
            quick.call(tool, arguments.clone()).await;
            demo.sandbox.clear_faults().await;
        }
    }
}

/// The journal gives back to its device what the device said.
async fn read_the_journal(device: &Device) {
    for call in device.journal().await {
        device.record(call["id"].as_str().expect("an id")).await;
    }
    for path in ["/api/connections", "/api/integrations", "/api/approvals", "/api/tools", "/api/agent/whoami"]
    {
        device.get(path).await.ok();
    }
}

/// Every byte beneath a folder, each file with its name.
fn bytes_beneath(folder: &Path, except: &[&str]) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(bytes_beneath(&path, except));
        } else if !except.iter().any(|name| path.ends_with(name)) {
            // A file may go while we look.
            found.extend(std::fs::read(&path).ok().map(|bytes| (path, bytes)));
        }
    }
    found
}

/// What the demo writes for scripts, keys and all: that is its purpose.
const FOR_SCRIPTS: &[&str] = &["demo.json", "sandbox.json"];

async fn search(mut demo: Demo, folders: &[PathBuf]) {
    let secrets = upstream_secrets(&demo).await;
    let tokens = tour(&demo).await;
    let hidden: Vec<Needle> = [secrets.clone(), own_secrets(&demo, &tokens), people()].concat();
    let (metrics, log_before) = (demo.metrics().await, demo.log());
    let mut wrong = found(&hidden, "the metrics", metrics.as_bytes());
    let mut database = Vec::new();
    let mut look = |when: &str| {
        for folder in folders {
            for (path, bytes) in bytes_beneath(folder, FOR_SCRIPTS) {
                wrong.extend(found(&hidden, &format!("{} ({when})", path.display()), &bytes));
                database.extend(bytes);
            }
        }
    };
    look("running");
    let stopped = demo.stop().await;
    look("stopped");
    wrong.extend(found(&hidden, "the log", demo.log().as_bytes()));
    wrong.extend(found(&secrets, "the answers", &demo.wire.heard()));
    assert_eq!(stopped.code, Some(0), "{}", stopped.stderr);
    assert!(wrong.is_empty(), "{} finds:\n{}", wrong.len(), wrong.join("\n"));
    the_search_can_find(&demo, &metrics, &log_before, &database).await;
}

/// Each of the places was really looked through: what has to be there is found there.
async fn the_search_can_find(demo: &Demo, metrics: &str, log: &str, database: &[u8]) {
    let there = |what: &str, bytes: &[u8]| Needle::new(what, what).in_bytes(bytes).is_some();
    assert!(there("segment_track", database), "the database");
    assert!(there("segment_delete_source", database) || there("segment_remove_source_write_key", database));
    assert!(log.lines().count() > 100 && there("\"timestamp\"", log.as_bytes()), "the log");
    assert!(metrics.lines().count() > 5, "the metrics: {metrics}");
    let heard = demo.wire.heard();
    assert!(people().iter().any(|mark| mark.in_bytes(&heard).is_some()), "the answers");
    let arrived = json!(demo.sandbox.requests(0).await).to_string();
    let sent = Needle::new("the write key", demo.keys.us.tracking().expect("a seeded write key"));
    assert!(sent.in_bytes(arrived.as_bytes()).is_some(), "the keys were used");
    assert!(people().iter().all(|mark| mark.in_bytes(arrived.as_bytes()).is_some()), "the people were sent");
}

#[tokio::test]
async fn nothing_marked_is_found_after_the_tour_on_sqlite() {
    let demo = Demo::plan().log("trace").start(Engine::Sqlite).await;
    let data = demo.settings.data.clone();
    search(demo, &[data]).await;
}

#[tokio::test]
async fn nothing_marked_is_found_after_the_tour_on_postgres() {
    let server = Server::start().expect("a server of the test's own");
    let (url, _) = scratch::create(server.url()).await.expect("it takes a new database");
    let demo = Demo::plan().log("trace").database(&url).start(Engine::Postgres).await;
    let data = demo.settings.data.clone();
    search(demo, &[data, server.folder().to_owned()]).await;
}
