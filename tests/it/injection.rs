//! The right key in the right place, for each API in both regions; and what happens when a key is wrong or weak.

use keyferry_testkit::needles::{Needle, found};
use keyferry_testkit::{Demo, Device, Engine, Typed};
use serde_json::{Value, json};

/// What the demo's sandbox hands out, by region.
fn keys<'a>(demo: &'a Demo, region: &str) -> &'a keyferry_sandbox::RegionCredentials {
    if region == "us" { &demo.keys.us } else { &demo.keys.eu }
}

async fn call_confirmed(device: &Device, tool: &str, arguments: Value, connection: i64) {
    let with = json!({"connectionId": connection});
    device.preview_with(tool, arguments.clone(), with.clone()).await.ok();
    device.call_with(tool, arguments, with).await.ok();
}

#[tokio::test]
async fn each_api_in_each_region_gets_its_own_key_and_never_the_devices_token() {
    let demo = Demo::start(Engine::Sqlite).await;
    let eu = demo.person().await.connected("Europe", "eu", Typed::all(&demo.keys.eu)).await;
    let device = demo.device();
    let before = demo.sandbox.last().await;
    for (region, number) in [("us", demo.file.connection_id), ("eu", eu)] {
        let seen = async |api: &str| {
            let requests = demo.sandbox.requests(before).await;
            let mine =
                requests.into_iter().rfind(|request| request["region"] == region && request["api"] == api);
            mine.unwrap_or_else(|| panic!("nothing arrived at {region}/{api}"))
        };
        let keys = keys(&demo, region);
        device.call_with("segment_get_workspace", json!({}), json!({"connectionId": number})).await.ok();
        assert_eq!(
            seen("public_api").await["headers"]["authorization"],
            json!(format!("Bearer {}", keys.public_api))
        );

        let event = json!({"userId": "u-1001", "event": "Purchased", "context": {"ip": "203.0.113.9"}});
        call_confirmed(&device, "segment_track", event, number).await;
        let tracked = seen("tracking").await;
        let write_key = keys.tracking().expect("a seeded write key");
        assert_eq!(tracked["headers"]["authorization"], json!(basic(write_key)));
        assert_eq!(tracked["body"]["writeKey"], json!(write_key));

        let traits = json!({"idType": "user_id", "idValue": "u-1001"});
        device.call_with("segment_get_profile_traits", traits, json!({"connectionId": number})).await;
        let read = seen("profiles").await;
        assert_eq!(read["headers"]["authorization"], json!(basic(&keys.profiles)));
        let path = read["path"].as_str().expect("a path");
        assert!(path.starts_with(&format!("/v1/spaces/{}/", keys.space_id)), "{path}");
    }
    let arrived = json!(demo.sandbox.requests(0).await).to_string();
    let token = Needle::new("the device's token", &demo.file.device_token);
    assert_eq!(found(&[token], "the sandbox's record", arrived.as_bytes()), Vec::<String>::new());
    let key = Needle::new("the tracking key", demo.keys.us.tracking().expect("a seeded write key"));
    assert!(key.in_bytes(arrived.as_bytes()).is_some(), "the search finds what is there");
}

/// RFC 7617: the key is the user, the password is empty.
fn basic(user: &str) -> String {
    use base64::Engine as _;
    format!("Basic {}", base64::prelude::BASE64_STANDARD.encode(format!("{user}:")))
}

#[tokio::test]
async fn a_write_key_that_an_agent_slips_in_does_not_arrive() {
    let demo = Demo::start(Engine::Sqlite).await;
    let device = demo.device();
    let before = demo.sandbox.last().await;
    let slipped = "slippedInWriteKey0123456789abcdef";
    let batch = json!({"writeKey": slipped, "batch": [
        {"type": "track", "userId": "u-1001", "event": "A", "writeKey": slipped},
        {"type": "identify", "userId": "u-1001", "writeKey": slipped},
    ]});
    call_confirmed(&device, "segment_batch", batch, demo.file.connection_id).await;
    let arrived = demo.sandbox.changes(before).await;
    assert_eq!(arrived.len(), 1);
    assert!(!arrived[0].to_string().contains(slipped), "{:#}", arrived[0]);
    assert_eq!(arrived[0]["body"]["writeKey"], json!(demo.keys.us.tracking()));
}

#[tokio::test]
async fn a_key_revoked_upstream_marks_the_connection_until_a_person_gives_another() {
    let mut demo = Demo::start(Engine::Sqlite).await;
    let device = demo.device();
    let number = demo.file.connection_id;
    demo.sandbox.start_again(keyferry_sandbox::SandboxCredentials::random()).await;
    let reads = [
        ("public_api", "segment_get_workspace", json!({})),
        ("profiles", "segment_get_profile_traits", json!({"idType": "user_id", "idValue": "u-1001"})),
    ];
    for (slot, tool, arguments) in reads {
        let answer = device.call(tool, arguments).await;
        assert_eq!(answer.told(), (424, "needs_reauth"), "{}", answer.text);
        let connection = device.get(&format!("/api/connections/{number}")).await.ok();
        assert_eq!(connection["state"], "needs_reauth", "{connection:#}");
        assert_eq!(health(&connection, slot), "refused", "{connection:#}");
    }
    let listed = device.get("/api/integrations").await.ok();
    assert_eq!(listed["integrations"][0]["authState"], "needs_reauth", "{listed:#}");

    demo.sandbox.start_again(demo.keys.clone()).await;
    let person = demo.person().await;
    let path = format!("/dashboard/connections/{number}");
    let slots = [("public_api", &demo.keys.us.public_api), ("profiles", &demo.keys.us.profiles)];
    for (slot, secret) in slots {
        let page = person.open(&path).await;
        let form = page.form(&format!("/slots/{slot}")).fill(&format!("secret.{slot}"), secret);
        person.send(form).await;
    }
    device.call("segment_get_workspace", json!({})).await.ok();
    let connection = device.get(&format!("/api/connections/{number}")).await.ok();
    assert_eq!(connection["state"], "active", "{connection:#}");
}

fn health(connection: &Value, slot: &str) -> Value {
    let slots = connection["slots"].as_array().expect("a list of slots");
    slots.iter().find(|one| one["name"] == slot).expect("the slot")["health"]["state"].clone()
}

#[tokio::test]
async fn a_right_key_without_the_right_is_told_as_that() {
    let demo = Demo::start(Engine::Sqlite).await;
    let keys = Typed { public_api: Some(&demo.keys.eu.public_api_without_rights), ..Typed::default() };
    let number = demo.person().await.connected("Weak", "eu", keys).await;
    let device = demo.device();
    let answer = device.call_with("segment_list_sources", json!({}), json!({"connectionId": number})).await;
    assert_eq!(answer.told(), (403, "upstream_forbidden"), "{}", answer.text);
    let connection = device.get(&format!("/api/connections/{number}")).await.ok();
    assert_eq!(connection["state"], "active", "{connection:#}");
}

#[tokio::test]
async fn the_page_says_which_key_was_refused_by_whom_and_what_cannot_be_checked() {
    let demo = Demo::start(Engine::Sqlite).await;
    let (person, keys) = (demo.person().await, &demo.keys.eu);
    let wrong = Typed { public_api: Some("sgp_thisIsNotTheKey0123456789"), ..Typed::default() };
    let page = person.connect("Wrong", "eu", wrong).await;
    page.must_say("refused").must_say("Public API");

    // Another workspace's write key answers 200 at Segment; here it is looked for among the workspace's own.
    let foreign =
        Typed { tracking: demo.keys.us.tracking(), public_api: Some(&keys.public_api), profiles: None };
    let page = person.connect("Foreign write key", "eu", foreign).await;
    page.must_say("can’t be checked").must_say("not among this account's own keys");

    // Without a Public API key there is nothing to look it up with.
    let alone = Typed { tracking: keys.tracking(), ..Typed::default() };
    let number = person.connected("Write key alone", "eu", alone).await;
    let connection = demo.device().get(&format!("/api/connections/{number}")).await.ok();
    assert_eq!(health(&connection, "tracking"), "unverifiable", "{connection:#}");

    let number = person.connected("All of them", "eu", Typed::all(keys)).await;
    let connection = demo.device().get(&format!("/api/connections/{number}")).await.ok();
    for slot in ["public_api", "tracking", "profiles"] {
        assert_eq!(health(&connection, slot), "verified", "{connection:#}");
    }
}
