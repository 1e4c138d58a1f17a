//! A folder of integrations beside the binary: what stands in it is added, or takes the place of a built-in one.

use crate::house::House;
use keyferry_testkit::{Demo, Engine};
use serde_json::json;
use std::path::Path;
use tempfile::TempDir;

fn copy(from: &Path, to: &Path, change: &dyn Fn(String) -> String) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("the integration's folder").flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &target, change);
        } else {
            let text = std::fs::read_to_string(&path).expect("a file of the integration");
            std::fs::write(target, change(text)).expect("a copy");
        }
    }
}

#[tokio::test]
async fn an_integration_in_the_folder_takes_the_place_of_the_built_in_one() {
    let folder = TempDir::new().expect("a temporary folder");
    let segment = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/integrations/segment");
    let renamed = |text: String| text.replace("\nname: Segment\n", "\nname: Our own Segment\n");
    copy(&segment, &folder.path().join("segment"), &renamed);
    let dir = folder.path().display().to_string();
    let demo = Demo::plan().variable("KEYFERRY_INTEGRATIONS_DIR", &dir).start(Engine::Sqlite).await;
    let listed = demo.device().get("/api/integrations").await.ok();
    assert_eq!(listed["items"][0]["name"], json!("Our own Segment"), "{listed:#}");
    demo.device().call("segment_get_workspace", json!({})).await.ok();
}

#[tokio::test]
async fn a_folder_is_checked_without_a_gateway() {
    let house = House::new();
    let sound = house.home.path().join("sound/segment");
    let faulty = house.home.path().join("faulty/segment");
    let segment = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/integrations/segment");
    copy(&segment, &sound, &|text| text);
    copy(&segment, &faulty, &|text| text.replace("impact: write", "impact: wirte"));
    let check = async |folder: &Path| {
        house.settings.run(&["integrations", "check", &folder.display().to_string()]).await
    };
    let told = check(&sound).await;
    assert_eq!(told.code, Some(0), "{}{}", told.stdout, told.stderr);
    assert!(told.stdout.contains(": no faults, ") && told.stderr.is_empty(), "{}", told.stdout);
    let told = check(&faulty).await;
    assert_eq!(told.code, Some(1), "{}", told.stdout);
    let faults: Vec<&str> = told.stdout.lines().collect();
    let placed = |line: &&str| {
        let rest =
            line.strip_prefix(&*faulty.display().to_string()).and_then(|line| line.split_once(".yaml:"));
        rest.is_some_and(|(_, rest)| rest.starts_with(|first: char| first.is_ascii_digit()))
    };
    assert!(faults.len() > 1 && faults.iter().all(placed), "{}", told.stdout);
    assert!(told.stderr.contains(&format!("{} faults", faults.len())), "{}", told.stderr);
}
