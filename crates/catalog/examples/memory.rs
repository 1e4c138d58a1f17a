fn rss() -> String { std::fs::read_to_string("/proc/self/status").unwrap().lines().filter(|l| l.starts_with("VmRSS") || l.starts_with("Threads")).collect::<Vec<_>>().join(" ") }
fn main() {
    println!("{}", rss());
    let t = std::time::Instant::now();
    let c = keyferry_catalog::Catalog::embedded().unwrap();
    println!("loaded {:?} {}", t.elapsed(), rss());
    let t = std::time::Instant::now();
    for _ in 0..20 { c.search("which databases get the data of our destinatoin", None, 5); }
    println!("search {:?} {}", t.elapsed() / 20, rss());
    let tool = c.tool("segment_track").unwrap();
    let v = serde_json::json!({"user_id": "u", "event": "E", "properties": {"a": 1}});
    let t = std::time::Instant::now();
    for _ in 0..1000 { tool.accept(v.clone()).unwrap(); }
    println!("accept {:?}", t.elapsed() / 1000);
    let tool = c.tool("segment_batch").unwrap();
    let v = serde_json::json!({"batch": vec![serde_json::json!({"type":"track","user_id": "u", "event": "E", "properties": {"a": 1}}); 2500]});
    let t = std::time::Instant::now();
    tool.accept(v.clone()).unwrap();
    println!("batch {:?}", t.elapsed());
    let v = serde_json::json!({"batch": vec![serde_json::json!({"type":"track", "properties": {"a": 1}}); 2500]});
    let t = std::time::Instant::now();
    println!("{}", tool.accept(v.clone()).unwrap_err().faults.len());
    println!("bad batch {:?}", t.elapsed());
    println!("{}", rss());
}
