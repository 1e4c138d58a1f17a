//! The master key is changed under load: two gateways over one Postgres, and no call notices.

use keyferry_testkit::{Demo, Device, Engine, Gateway, ServeSettings, until_within};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// A gateway reads its key file every 30 s, and an old key may be retired 10 s after another was activated.
const KEYS_ARE_READ: Duration = Duration::from_secs(90);
/// Keeps the load steady instead of as high as two cores allow.
const PACE: Duration = Duration::from_millis(25);

/// Reads and writes through one gateway, until it is told to stop.
struct Load {
    stop: Arc<AtomicBool>,
    done: Arc<AtomicU64>,
    lanes: Vec<tokio::task::JoinHandle<Vec<String>>>,
}

impl Load {
    fn on(devices: &[Device]) -> Self {
        let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let lanes = devices.iter().map(|device| {
            let (device, stop, done) = (device.clone(), Arc::clone(&stop), Arc::clone(&done));
            tokio::spawn(async move {
                let mut failed = Vec::new();
                while !stop.load(Ordering::Acquire) {
                    let traits = json!({"idType": "user_id", "idValue": "u-1001"});
                    let event = json!({"userId": "u-1001", "event": "Under load"});
                    for (tool, arguments) in
                        [("segment_get_profile_traits", traits), ("segment_track", event)]
                    {
                        let answer = device.call(tool, arguments).await;
                        done.fetch_add(1, Ordering::AcqRel);
                        if answer.status != 200 {
                            failed.push(format!("{tool}: {} {}", answer.status, answer.text));
                        }
                    }
                    tokio::time::sleep(PACE).await;
                }
                failed
            })
        });
        let lanes = lanes.collect();
        Self { stop, done, lanes }
    }

    fn done(&self) -> u64 {
        self.done.load(Ordering::Acquire)
    }

    async fn end(self) -> Vec<String> {
        self.stop.store(true, Ordering::Release);
        let mut failed = Vec::new();
        for lane in self.lanes {
            failed.extend(lane.await.expect("a lane does not panic"));
        }
        failed
    }
}

/// Runs a key command until it is taken: it refuses while a gateway has not read its key file yet.
async fn taken(settings: &ServeSettings, arguments: &[&str]) -> String {
    let what = format!("`keyferry {}`", arguments.join(" "));
    until_within(KEYS_ARE_READ, &what, async || {
        let output = settings.run(arguments).await;
        (output.code == Some(0)).then_some(output.stdout)
    })
    .await
}

#[tokio::test]
async fn the_master_key_is_rotated_and_no_call_fails() {
    let demo = Demo::start(Engine::Postgres).await;
    let mut settings = demo.settings.clone();
    (settings.listen, settings.metrics) = (([127, 0, 0, 1], 0).into(), ([127, 0, 0, 1], 0).into());
    let second = Gateway::start(&settings).await;
    let token = demo.person().await.new_device("load", "trusted").await;
    let one = demo.device_with(&token);
    let load = Load::on(&[one.clone(), Device { base: second.base(), ..one }]);

    let old = only_key(&settings).await;
    let added = settings.run(&["key", "add"]).await;
    assert_eq!(added.code, Some(0), "{added:?}");
    let new = keys(&settings).await.into_iter().find(|key| *key != old).expect("a second key");
    let early = settings.run(&["key", "retire", &old]).await;
    assert_ne!(early.code, Some(0), "the key that seals can't be retired: {early:?}");
    taken(&settings, &["key", "activate", &new]).await;
    let in_use = settings.run(&["key", "retire", &old]).await;
    assert_ne!(in_use.code, Some(0), "records are sealed under it still: {in_use:?}");
    taken(&settings, &["key", "rewrap"]).await;
    taken(&settings, &["key", "retire", &old]).await;
    let checked = settings.run(&["key", "check"]).await;
    assert_eq!(checked.code, Some(0), "{checked:?}");
    assert!(checked.stdout.contains(" 0 do not"), "{checked:?}");

    let done = load.done();
    assert!(done > 100, "that was no load: {done} calls");
    until_within(KEYS_ARE_READ, "more calls after the last step", async || {
        (load.done() > done + 20).then_some(())
    })
    .await;
    assert_eq!(load.end().await, Vec::<String>::new());
    let listed = settings.run(&["key", "list"]).await;
    let retired = listed.stdout.lines().find(|line| line.contains(&old)).expect("the old key is listed");
    assert!(retired.contains("retired"), "{}", listed.stdout);
    starts_without(&settings, &old, &demo).await;
    second.terminate().await;
}

/// With the old key out of the file, a gateway starts and opens everything.
async fn starts_without(settings: &ServeSettings, old: &str, demo: &Demo) {
    let mut settings = settings.clone();
    let text = std::fs::read_to_string(&settings.key_file).expect("the key file");
    let tables: Vec<&str> = text.split("[[key]]").filter(|table| !table.contains(old)).collect();
    assert!(tables.len() < text.split("[[key]]").count(), "the old key stood in the file");
    settings.key_file = demo.home().join("only-the-new.key");
    std::fs::write(&settings.key_file, tables.join("[[key]]")).expect("a key file");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&settings.key_file, mode).expect("a key file of ours");
    let third = Gateway::start(&settings).await;
    let device = Device { base: third.base(), ..demo.device() };
    device.call("segment_get_workspace", Value::Object(serde_json::Map::new())).await.ok();
    third.terminate().await;
}

async fn only_key(settings: &ServeSettings) -> String {
    let mut keys = keys(settings).await;
    assert_eq!(keys.len(), 1, "{keys:?}");
    keys.remove(0)
}

async fn keys(settings: &ServeSettings) -> Vec<String> {
    let listed = settings.run(&["key", "list"]).await;
    assert_eq!(listed.code, Some(0), "{listed:?}");
    let words =
        listed.stdout.split(|c: char| c.is_whitespace() || c == '│').filter(|word| word.starts_with("mk_"));
    words.map(str::to_owned).collect()
}
