//! What a client of the upstream wrote, read into arguments: each way of writing lists and objects, and nothing that
//! the operation does not have.

use keyferry_catalog::{Catalog, Tool};
use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Map, Value, json};
use std::sync::{Arc, LazyLock};

static CATALOG: LazyLock<Catalog> =
    LazyLock::new(|| Catalog::embedded().expect("what comes with the binary loads"));

fn tool(name: &str) -> Arc<Tool> {
    CATALOG.tool(name).expect("a tool of this name")
}

fn read(name: &str, query: &str) -> Result<Value, Vec<String>> {
    let mut arguments = Map::new();
    let read = tool(name).read_query(query, &mut arguments);
    read.map(|()| Value::Object(arguments))
        .map_err(|faults| faults.into_iter().map(|fault| fault.pointer).collect())
}

#[rstest]
#[case("segment_list_sources", "", json!({}))]
#[case("segment_list_sources", "pagination.count=3&pagination.cursor=Mw%3D%3D", json!({"limit": 3, "cursor": "Mw=="}))]
#[case("segment_list_sources", "pagination[count]=3", json!({"limit": 3}))]
#[case("segment_list_sources", "pagination={\"count\":3,\"cursor\":\"a%2Bb%25\"}", json!({"limit": 3, "cursor": "a+b%"}))]
#[case("segment_list_sources", "pagination=%7B%22count%22:3,%22cursor%22:null%7D", json!({"limit": 3}))]
#[case("segment_list_sources", "pagination.count=many", json!({"limit": "many"}))]
#[case("segment_get_profile_traits", "include=a,b%2Cc,d", json!({"include": ["a", "b,c", "d"]}))]
#[case("segment_get_profile_traits", "include[]=a&include[1]=b&include.2=c+d", json!({"include": ["a", "b", "c d"]}))]
#[case("segment_get_profile_traits", "verbose=true&limit=5", json!({"verbose": true, "limit": 5}))]
fn a_query_is_read_as_its_client_meant_it(#[case] name: &str, #[case] query: &str, #[case] expected: Value) {
    assert_eq!(read(name, query).unwrap(), expected);
}

#[rstest]
#[case("other=1", "/other")]
#[case("limit=3", "/limit")]
#[case("pagination=3", "/pagination")]
#[case("pagination={\"other\":1}", "/pagination.other")]
#[case("pagination.count=1&pagination[count]=2", "/limit")]
#[case("pagination.cursor=%ff", "/cursor")]
#[case("%zz=1", "")]
fn what_the_operation_does_not_have_is_refused(#[case] query: &str, #[case] pointer: &str) {
    assert_eq!(read("segment_list_sources", query).unwrap_err(), [pointer]);
}

#[test]
fn a_name_within_a_number_is_for_the_check_of_arguments_to_refuse() {
    let given = read("segment_list_sources", "pagination.count.x=1").unwrap();
    assert!(tool("segment_list_sources").accept(given).is_err());
}

#[test]
fn a_body_has_the_names_of_the_wire_and_no_other() {
    let tool = tool("segment_update_source");
    let read = |body: Value| {
        let Value::Object(body) = body else { panic!("an object") };
        let mut arguments = Map::from_iter([("sourceId".to_owned(), json!("s1"))]);
        tool.read_body(body, &mut arguments).map(|()| Value::Object(arguments))
    };
    assert_eq!(read(json!({"name": "n"})).unwrap(), json!({"sourceId": "s1", "name": "n"}));
    for other in ["sourceId", "source_id", "Name", "writeKeys"] {
        let faults = read(json!({ other: "x" })).unwrap_err();
        assert_eq!(faults[0].pointer, format!("/{other}"));
    }
}

#[test]
fn a_key_of_the_clients_own_is_no_argument() {
    let body = json!({"writeKey": "another's", "write_key": "another's", "event": "Paid"});
    let Value::Object(body) = body else { panic!("an object") };
    let mut arguments = Map::new();
    tool("segment_track").read_body(body, &mut arguments).unwrap();
    assert_eq!(Value::Object(arguments), json!({"event": "Paid"}));
}

proptest! {
    #[test]
    fn no_query_makes_it_panic(query in r#"((pagination|include|count|cursor|limit|a)|[\[\].=&+%{}":,0-9a-f])*"#) {
        for name in ["segment_list_sources", "segment_get_profile_traits"] {
            let _ = read(name, &query);
        }
    }
}
