//! What choosing a tool costs an agent to read, as a gateway answers it.

use keyferry_catalog::Catalog;
use keyferry_testkit::{Demo, Device, Engine};

/// Requests whose answers are measured.
const REQUESTS: [&str; 5] = [
    "delete+a+source",
    "why+do+events+not+arrive",
    "make+an+audience",
    "suppress+this+user",
    "pause+the+sync",
];

pub(crate) async fn print(catalog: &Catalog) {
    let demo = Demo::start(Engine::Sqlite).await;
    let device = demo.device();
    let tools = catalog.tools(None).count();
    let brief = size(&device, "/api/tools?view=brief").await;
    let whole = size(&device, "/api/tools").await;
    println!(
        "brief list: {brief} bytes, {} a tool; ClawLink's shape: {} a tool",
        brief / tools,
        whole / tools
    );
    let mut found = Vec::new();
    for request in REQUESTS {
        found.push(size(&device, &format!("/api/tools/search?query={request}&view=brief&limit=10")).await);
    }
    println!("brief search with 10 results: {} bytes at most", found.iter().max().unwrap_or(&0));
    let mut described = Vec::new();
    for tool in catalog.tools(None) {
        described.push((size(&device, &format!("/api/tools/{}", tool.name)).await, tool.name.as_str()));
    }
    described.sort_unstable();
    let (median, (largest, name)) = (described[described.len() / 2].0, described[described.len() - 1]);
    println!("describe: {median} bytes in the median, {largest} at most ({name})");
}

async fn size(device: &Device, path: &str) -> usize {
    let answer = device.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    answer.text.len()
}
