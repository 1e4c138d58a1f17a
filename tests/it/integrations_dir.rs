//! A folder of integrations beside the binary: what stands in it is added, or takes the place of a built-in one.

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
