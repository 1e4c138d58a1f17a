//! Kinds of things that are listed, made, changed and deleted alike, and what hangs on them.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use crate::house::{House, answer};
use http::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

const NOBODY: &str = "AAAAAAAAAAAAAAAAAAAAAA";

/// Sends a body, and answers `data`.
async fn send(house: &House, method: &str, path: &str, body: Value) -> Value {
    let (status, answer) = answer(house.public(method, path).json(&body)).await;
    assert!(status.is_success(), "{method} {path}: {answer}");
    answer["data"].clone()
}

async fn status(house: &House, method: &str, path: &str) -> StatusCode {
    answer(house.public(method, path)).await.0
}

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect()
}

#[rstest]
#[case("/transformations", "transformation", "transformations", json!({"name": "T", "sourceId": "s", "enabled": true, "if": "all"}))]
#[case("/credentials", "credential", "credentials", json!({"name": "T", "settings": {"password": "p"}}))]
#[case("/tracking-plans", "trackingPlan", "trackingPlans", json!({"name": "T", "type": "LIVE"}))]
#[case("/groups", "userGroup", "userGroups", json!({"name": "T"}))]
#[case("/reverse-etl-models", "reverseEtlModel", "models", json!({"name": "T", "query": "SELECT 1"}))]
#[case("/spaces/SPACE/audiences", "audience", "audiences", json!({"name": "T", "definition": {"query": "trait('a') = 1"}}))]
#[case("/spaces/SPACE/computed-traits", "computedTrait", "computedTraits", json!({"name": "T", "definition": {}}))]
#[tokio::test]
async fn a_thing_is_made_changed_and_deleted(
    #[case] path: &str,
    #[case] one: &str,
    #[case] many: &str,
    #[case] body: Value,
) {
    let house = House::open().await;
    let path = path.replace("SPACE", &house.keys().space_id);
    let made = send(&house, "POST", &path, body).await[one].clone();
    let at = format!("{path}/{}", made["id"].as_str().unwrap());
    assert!(ids(&house.get(&path).await["data"][many]).contains(&made["id"].as_str().unwrap()));
    let changed = send(&house, "PATCH", &at, json!({"name": "Another"})).await;
    assert_eq!((&changed[one]["name"], &changed[one]["id"]), (&json!("Another"), &made["id"]));
    assert_eq!(house.get(&at).await["data"][one], changed[one]);
    assert_eq!(status(&house, "DELETE", &at).await, StatusCode::OK);
    assert_eq!(status(&house, "GET", &at).await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_belongs_to_nothing_is_404() {
    let house = House::open().await;
    for path in [
        format!("/spaces/{NOBODY}/audiences"),
        format!("/destinations/{NOBODY}/subscriptions"),
        format!("/destination/{NOBODY}/filters"),
        format!("/tracking-plans/{NOBODY}/rules"),
        format!("/groups/{NOBODY}/users"),
        format!("/sources/{NOBODY}/live-plugins/latest"),
        format!("/credentials/{NOBODY}/consumers"),
        format!("/warehouses/{NOBODY}/connected-sources"),
        format!("/spaces/{}/audiences/{NOBODY}/activations", house.keys().space_id),
    ] {
        assert_eq!(status(&house, "GET", &path).await, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn an_audience_takes_what_hangs_on_it_along() {
    let house = House::open().await;
    let audience = format!("/spaces/{}/audiences/aud_paying_customers", house.keys().space_id);
    let list = |what: &str| house_get(&house, format!("{audience}/{what}"));
    assert_eq!(ids(&list("audience-references").await["audiences"]), ["aud_loyal_customers"]);
    assert_eq!(ids(&list("activations").await["activations"]), ["act_620194838"]);
    let connections = list("destination-connections").await;
    let destination = connections["connections"][0]["destinationId"].as_str().unwrap();
    let connection = format!("{audience}/destination-connections/{destination}");
    assert_eq!(status(&house, "DELETE", &connection).await, StatusCode::OK);
    assert_eq!(list("activations").await["activations"], json!([]), "it was sent over that connection");
    assert_eq!(status(&house, "DELETE", &audience).await, StatusCode::OK);
    assert_eq!(status(&house, "GET", &format!("{audience}/schedules")).await, StatusCode::NOT_FOUND);
}

async fn house_get(house: &House, path: String) -> Value {
    house.get(&path).await["data"].clone()
}

#[tokio::test]
async fn an_audience_is_sent_to_another_destination() {
    let house = House::open().await;
    let audience = format!("/spaces/{}/audiences/aud_black_friday", house.keys().space_id);
    let amplitude = house.get("/destinations").await["data"]["destinations"][0]["id"].clone();
    let connect = json!({"destination": {"id": amplitude, "type": "amplitude"}});
    let made = send(&house, "POST", &format!("{audience}/destination-connections"), connect).await;
    let path = format!(
        "{audience}/destination-connections/{}/activations",
        made["connection"]["id"].as_str().unwrap()
    );
    let body = json!({"performResync": false, "activationType": "Audience Entered", "activationName": "N"});
    let activation = send(&house, "POST", &path, body).await["activation"].clone();
    assert_eq!(activation["audienceId"], "aud_black_friday");
    assert_eq!(
        house_get(&house, format!("{audience}/activations")).await["activations"],
        json!([activation])
    );
}

#[tokio::test]
async fn secrets_stand_in_the_clear_as_segments_do() {
    let house = House::open().await;
    let secrets = [
        house.get("/credentials/crd_snowflake").await["data"]["credential"]["settings"]["password"].clone(),
        house.get("/transformations/trf_hash").await["data"]["transformation"]["hashPropertiesConfiguration"]["key"].clone(),
        house.get("/functions/fn_hooks").await["data"]["function"]["previewWebhookUrl"].clone(),
        house.get("/insert-function-instances/ifi_enrich_braze").await["data"]["insertFunctionInstance"]["encryptedSettings"]["apiKey"].clone(),
    ];
    assert!(secrets.iter().all(|secret| secret.as_str().is_some_and(|text| text.len() >= 24)), "{secrets:?}");
}

#[tokio::test]
async fn lists_by_a_query_want_it() {
    let house = House::open().await;
    let functions = house.get("/functions?resourceType=DESTINATION").await;
    assert_eq!(ids(&functions["data"]["functions"]), ["fn_stock"]);
    let instances = house.get("/insert-function-instances?functionId=fn_enrich").await;
    assert_eq!(ids(&instances["data"]["instances"]), ["ifi_enrich_braze"]);
    assert_eq!(instances["data"]["instances"][0].get("_functionId"), None);
    for path in ["/functions", "/insert-function-instances", "/filters"] {
        assert_eq!(status(&house, "GET", path).await, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
    }
}

#[tokio::test]
async fn a_credential_names_what_signs_in_with_it() {
    let house = House::open().await;
    let consumers =
        house_get(&house, "/credentials/crd_snowflake/consumers?sourcesPagination.count=1".into()).await;
    assert_eq!(consumers["warehouses"][0]["settings"]["name"], "snowflake");
    assert_eq!(consumers["sources"][0]["slug"], "data-pipeline");
    assert_eq!(consumers["sourcesPagination"]["totalEntries"], 1);
}

#[tokio::test]
async fn members_come_and_go() {
    let house = House::open().await;
    let members = || house_get(&house, "/groups/grp_engineering/users".into());
    assert_eq!(ids(&members().await["users"]), ["usr_ada", "usr_bob"]);
    send(&house, "POST", "/groups/grp_engineering/users", json!({"emails": ["cid@ferry.example"]})).await;
    let gone = status(&house, "DELETE", "/group/grp_engineering/users?emails.0=ada%40ferry.example").await;
    assert_eq!((gone, ids(&members().await["users"])), (StatusCode::OK, vec!["usr_bob", "usr_cid"]));
    send(&house, "PUT", "/group/grp_engineering/users", json!({"emails": ["ada@ferry.example"]})).await;
    assert_eq!(ids(&members().await["users"]), ["usr_ada"]);
    let more = json!({"permissions": [{"roleId": "rol_source_read", "resources": []}]});
    send(&house, "POST", "/users/usr_ada/permissions", more.clone()).await;
    assert_eq!(house.get("/users/usr_ada").await["data"]["user"]["permissions"].as_array().unwrap().len(), 2);
    let left = send(&house, "PUT", "/users/usr_ada/permissions", more).await;
    assert_eq!(left["permissions"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn rules_and_sources_of_a_plan() {
    let house = House::open().await;
    let keys = || async {
        let rules = house_get(&house, "/tracking-plans/tp_shop/rules".into()).await;
        let all = rules["rules"].as_array().unwrap().clone();
        all.iter().map(|rule| rule["key"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let new = json!({"rules": [{"type": "TRACK", "key": "Cart Viewed", "version": 1, "jsonSchema": {}}]});
    send(&house, "PATCH", "/tracking-plans/tp_shop/rules", new.clone()).await;
    assert_eq!(keys().await.len(), 4);
    let one = "/tracking-plans/tp_shop/rules?rules.0.type=TRACK&rules.0.key=Signed%20Up&rules.0.version=1";
    assert_eq!(status(&house, "DELETE", one).await, StatusCode::OK);
    assert!(!keys().await.contains(&"Signed Up".to_owned()));
    send(&house, "PUT", "/tracking-plans/tp_shop/rules", new).await;
    assert_eq!(keys().await, ["Cart Viewed"]);

    let docs = house.source("docs-site").await["id"].as_str().unwrap().to_owned();
    assert_eq!(house.get(&format!("/sources/{docs}")).await["data"]["trackingPlanId"], "tp_shop");
    let path = format!("/tracking-plans/tp_shop/sources?sourceId={docs}");
    assert_eq!(status(&house, "DELETE", &path).await, StatusCode::OK);
    assert_eq!(house.get(&format!("/sources/{docs}")).await["data"]["trackingPlanId"], json!(null));
    send(&house, "POST", "/tracking-plans/tp_demo/sources", json!({"sourceId": docs})).await;
    assert_eq!(ids(&house_get(&house, "/tracking-plans/tp_demo/sources".into()).await["sources"]), [docs]);
}

#[tokio::test]
async fn a_suppression_shows_at_once() {
    let house = House::open().await;
    let body = json!({"regulationType": "SUPPRESS_ONLY", "subjectType": "USER_ID", "subjectIds": ["u-77"]});
    let made = send(&house, "POST", "/regulations", body).await;
    let path = format!("/regulations/{}", made["regulateId"].as_str().unwrap());
    assert_eq!(house.get(&path).await["data"]["regulation"]["overallStatus"], "RUNNING");
    let page = house.get("/suppressions?pagination.count=1000").await;
    let suppressed = page["data"]["suppressed"][0]["subjectIds"].as_array().unwrap().clone();
    assert!(suppressed.contains(&json!("u-77")));
    let none = json!({"regulationType": "SUPPRESS_ONLY", "subjectType": "USER_ID", "subjectIds": []});
    let refused = answer(house.public("POST", "/regulations").json(&none)).await.0;
    assert_eq!(refused, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn warehouses_and_destinations_change() {
    let house = House::open().await;
    let all = house.get("/warehouses").await["data"]["warehouses"].clone();
    let warehouse = format!("/warehouses/{}", all[0]["id"].as_str().unwrap());
    let docs = house.source("docs-site").await["id"].as_str().unwrap().to_owned();
    let link = format!("{warehouse}/connected-sources/{docs}");
    assert_eq!(answer(house.public("POST", &link)).await.0, StatusCode::CREATED);
    let connected = house_get(&house, format!("{warehouse}/connected-sources")).await;
    assert!(ids(&connected["sources"]).contains(&docs.as_str()));
    assert_eq!(status(&house, "DELETE", &warehouse).await, StatusCode::OK);
    assert_eq!(status(&house, "GET", &warehouse).await, StatusCode::NOT_FOUND);

    let braze =
        house.get("/destinations").await["data"]["destinations"][2]["id"].as_str().unwrap().to_owned();
    let subscription = format!("/destinations/{braze}/subscriptions/sub_orders");
    let changed = send(&house, "PATCH", &subscription, json!({"input": {"enabled": false}})).await;
    assert_eq!(changed["subscription"]["enabled"], false);
    let off = send(&house, "PATCH", &format!("/destinations/{braze}"), json!({"enabled": false})).await;
    assert_eq!(off["destination"]["enabled"], false);
    assert_eq!(status(&house, "DELETE", &format!("/destinations/{braze}")).await, StatusCode::OK);
    assert_eq!(status(&house, "GET", &subscription).await, StatusCode::NOT_FOUND);
}
