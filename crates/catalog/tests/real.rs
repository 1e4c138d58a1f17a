//! The integrations that come with the binary.

use keyferry_catalog::Catalog;

#[test]
fn loads() {
    match Catalog::embedded() {
        Ok(catalog) => {
            for tool in catalog.tools(None) {
                println!("{} {:?}", tool.name, tool.impact);
            }
            println!("{}", serde_json::to_string_pretty(&catalog.tool("segment_batch").unwrap().input_schema).unwrap());
            for q in ["delete a source", "revoke leaked key", "what is the plan of alice", "destinatoin settings", "removeWriteKeyFromSource", "how many events did each source send this month", "merge two users", "tag source as production"] {
                println!("== {q}");
                for hit in catalog.search(q, None, 4) { println!("   {} {} {}", hit.tool.name, hit.score, hit.why); }
            }
        }
        Err(error) => panic!("{error}"),
    }
}
