//! Everything that can be read.

use crate::house::{House, answer};
use serde_json::{Value, json};

#[tokio::test]
async fn the_workspace() {
    let house = House::open().await;
    insta::assert_json_snapshot!(house.get("").await, @r#"
    {
      "data": {
        "workspace": {
          "id": "Y5yS8Jl67w6GfCGIe3l9Le",
          "name": "Ferry (US)",
          "slug": "ferry-us"
        }
      }
    }
    "#);
}

#[tokio::test]
async fn a_source_shows_its_write_keys() {
    let house = House::open().await;
    let listed = house.source("website").await;
    assert_eq!(listed["writeKeys"], json!(house.keys().write_keys["website"]));
    let got = house.get(&format!("/sources/{}", listed["id"].as_str().unwrap())).await;
    assert_eq!(got["data"]["source"], listed);
    assert_eq!(got["data"]["trackingPlanId"], json!(null));
    insta::assert_json_snapshot!(listed, {".writeKeys" => "[keys]"}, @r#"
    {
      "enabled": true,
      "id": "rGHNJ1YIkzjmbrN7RW6Gvh",
      "labels": [
        {
          "description": "What customers use",
          "key": "environment",
          "value": "production"
        }
      ],
      "metadata": {
        "categories": [
          "Website"
        ],
        "description": "The javascript source",
        "id": "TCVbw2Us6ojSZ1rtuo5xsy",
        "isCloudEventSource": false,
        "logos": {
          "alt": null,
          "default": "https://cdn.ferry.example/javascript.svg",
          "mark": null
        },
        "name": "javascript",
        "options": [],
        "slug": "javascript",
        "status": "PUBLIC"
      },
      "name": "Website",
      "settings": {
        "website_url": "https://website.ferry.example"
      },
      "slug": "website",
      "workspaceId": "Y5yS8Jl67w6GfCGIe3l9Le",
      "writeKeys": "[keys]"
    }
    "#);
}

#[tokio::test]
async fn lists_are_paged_by_cursors_dotted_or_bracketed() {
    let house = House::open().await;
    for (count, cursor) in
        [("pagination.count", "pagination.cursor"), ("pagination[count]", "pagination[cursor]")]
    {
        let (mut slugs, mut next, mut pages) = (Vec::new(), None::<String>, 0);
        loop {
            let mut query = vec![(count, "5".to_owned())];
            query.extend(next.take().map(|next| (cursor, next)));
            let (_, page) = answer(house.public("GET", "/sources").query(&query)).await;
            slugs.extend(
                page["data"]["sources"].as_array().unwrap().iter().map(|source| source["slug"].to_string()),
            );
            pages += 1;
            match page["data"]["pagination"]["next"].as_str() {
                Some(cursor) => next = Some(cursor.to_owned()),
                None => break,
            }
        }
        slugs.sort();
        slugs.dedup();
        assert_eq!((pages, slugs.len()), (3, 12), "{count}");
    }
}

#[tokio::test]
async fn a_page_says_where_it_stands() {
    let house = House::open().await;
    let first = house.get("/suppressions").await;
    assert_eq!(first["data"]["suppressed"][0]["subjectIds"].as_array().unwrap().len(), 200);
    let middle = house.get("/suppressions?pagination.count=3&pagination.cursor=Mw%3D%3D").await;
    insta::assert_json_snapshot!(middle, @r#"
    {
      "data": {
        "pagination": {
          "current": "Mw==",
          "next": "Ng==",
          "previous": "MA==",
          "totalEntries": 450
        },
        "suppressed": [
          {
            "subjectIds": [
              "suppressed-0004",
              "suppressed-0005",
              "suppressed-0006"
            ],
            "subjectType": "USER_ID"
          }
        ]
      }
    }
    "#);
}

#[tokio::test]
async fn paging_that_makes_no_sense_is_422_with_all_faults() {
    let house = House::open().await;
    let path = "/sources?pagination.count=0&pagination.cursor=what";
    let (status, body) = answer(house.public("GET", path)).await;
    assert_eq!(status, 422);
    insta::assert_json_snapshot!(body, @r#"
    {
      "errors": [
        {
          "field": "pagination.count",
          "message": "must be a number from 1 to 1000",
          "type": "input-validation"
        },
        {
          "field": "pagination.cursor",
          "message": "is not a cursor of this list",
          "type": "input-validation"
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn two_labels_share_a_value() {
    let house = House::open().await;
    let labels = house.get("/labels").await;
    let labels = labels["data"]["labels"].as_array().unwrap();
    let keys = |value: &str| -> Vec<&Value> {
        labels.iter().filter(|label| label["value"] == value).map(|label| &label["key"]).collect()
    };
    assert_eq!(keys("core"), ["team", "tier"]);
    assert_eq!((keys("production"), keys("web")), (vec![&json!("environment")], vec![&json!("platform")]));
}

#[tokio::test]
async fn what_a_source_is_connected_to() {
    let house = House::open().await;
    let id = house.source("website").await["id"].as_str().unwrap().to_owned();
    let settings = house.get(&format!("/sources/{id}/settings")).await;
    assert_eq!(settings["data"]["sourceId"], json!(id));
    assert_eq!(settings["data"]["settings"]["track"]["commonEventOnViolations"], "ALLOW");

    let path = format!("/sources/{id}/connected-warehouses?pagination.count=2");
    let warehouses = house.get(&path).await;
    let slugs: Vec<_> = warehouses["data"]["warehouses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["metadata"]["slug"])
        .collect();
    assert_eq!(slugs, ["snowflake", "bigquery"]);
    assert_eq!(warehouses["data"]["pagination"]["totalEntries"], 3);

    let destinations = house.get(&format!("/sources/{id}/connected-destinations")).await;
    assert_eq!(destinations["data"]["destinations"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn destinations_and_warehouses_hold_other_parties_secrets() {
    let house = House::open().await;
    let list = house.get("/destinations").await;
    let destination = &list["data"]["destinations"][0];
    let got = house.get(&format!("/destinations/{}", destination["id"].as_str().unwrap())).await;
    assert_eq!(&got["data"]["destination"], destination);
    assert_eq!(destination["settings"]["apiKey"].as_str().unwrap().len(), 40);

    let list = house.get("/warehouses").await;
    let warehouse = &list["data"]["warehouses"][0];
    let got = house.get(&format!("/warehouses/{}", warehouse["id"].as_str().unwrap())).await;
    assert_eq!(&got["data"]["warehouse"], warehouse);
    insta::assert_json_snapshot!(warehouse, {".settings.password" => "[secret]"}, @r#"
    {
      "enabled": true,
      "id": "Ui0DdPotYrQBd0y0DeBqI4",
      "metadata": {
        "description": "The snowflake warehouse",
        "id": "CzNoFxNN96HikBLVYuLU4u",
        "logos": {
          "alt": null,
          "default": "https://cdn.ferry.example/snowflake.svg",
          "mark": null
        },
        "name": "snowflake",
        "options": [],
        "slug": "snowflake"
      },
      "settings": {
        "database": "segment",
        "hostname": "snowflake.ferry.example",
        "name": "snowflake",
        "password": "[secret]",
        "username": "loader"
      },
      "workspaceId": "Y5yS8Jl67w6GfCGIe3l9Le"
    }
    "#);
}

#[tokio::test]
async fn delivery_metrics_want_a_source_and_a_version() {
    let house = House::open().await;
    let destination = house.get("/destinations").await["data"]["destinations"][0].clone();
    let id = destination["id"].as_str().unwrap();
    let path = format!("/destinations/{id}/delivery-metrics");
    let (status, wrong) = answer(house.public("GET", &format!("{path}?granularity=WEEK"))).await;
    assert_eq!(status, 422);
    insta::assert_json_snapshot!(wrong, @r#"
    {
      "errors": [
        {
          "field": "sourceId",
          "message": "is required",
          "type": "input-validation"
        },
        {
          "field": "granularity",
          "message": "must be MINUTE, HOUR or DAY",
          "type": "input-validation"
        }
      ]
    }
    "#);

    let source = destination["sourceId"].as_str().unwrap();
    let right = house.get(&format!("{path}?sourceId={source}&granularity=DAY")).await;
    let summary = &right["data"]["deliveryMetricsSummary"];
    assert_eq!(
        (&summary["sourceId"], &summary["destinationMetadataId"]),
        (&json!(source), &destination["metadata"]["id"])
    );
    assert!(summary["metrics"][0]["total"].as_u64().unwrap() > 0);
    let elsewhere = house.source("billing").await["id"].as_str().unwrap().to_owned();
    assert_eq!(answer(house.public("GET", &format!("{path}?sourceId={elsewhere}"))).await.0, 404);
}

#[tokio::test]
async fn daily_usage_of_a_month_in_strings() {
    let house = House::open().await;
    let usage = house.get("/usage/api-calls/sources/daily?period=2025-02-01").await;
    assert_eq!(usage["data"]["pagination"]["totalEntries"], 12 * 28);
    let first = &usage["data"]["dailyPerSourceAPICallsUsage"][0];
    assert_eq!(first["timestamp"], "2025-02-01T00:00:00.000Z");
    assert!(first["apiCalls"].as_str().unwrap().parse::<u64>().is_ok());
    for wrong in ["", "?period=2025-02-03", "?period=February"] {
        let path = format!("/usage/api-calls/sources/daily{wrong}");
        let (status, body) = answer(house.public("GET", &path)).await;
        assert_eq!((status.as_u16(), &body["errors"][0]["field"]), (422, &json!("period")), "{wrong}");
    }
}

#[tokio::test]
async fn an_id_that_nobody_has_is_404_and_one_that_is_too_long_422() {
    let house = House::open().await;
    for path in [
        "/sources/x",
        "/sources/x/settings",
        "/sources/x/connected-warehouses",
        "/destinations/x",
        "/warehouses/x",
    ] {
        let (status, body) = answer(house.public("GET", path)).await;
        assert_eq!((status.as_u16(), &body["errors"][0]["type"]), (404, &json!("not-found")), "{path}");
    }
    let (status, body) = answer(house.public("GET", &format!("/sources/{}", "x".repeat(256)))).await;
    assert_eq!((status.as_u16(), &body["errors"][0]["field"]), (422, &json!("sourceId")));
}

#[tokio::test]
async fn regions_know_nothing_of_each_other() {
    let house = House::open().await;
    let id = house.source("website").await["id"].as_str().unwrap().to_owned();
    let eu = house.request("GET", &format!("/eu/public_api/sources/{id}"));
    assert_eq!(answer(eu.bearer_auth(&house.sandbox.credentials.eu.public_api)).await.0, 404);
}
