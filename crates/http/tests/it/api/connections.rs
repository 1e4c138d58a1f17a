use crate::gateway::Gateway;
use insta::assert_json_snapshot;

#[tokio::test]
async fn a_connection_is_shown_without_its_secrets() {
    let (gateway, _, token) = Gateway::with_device().await;
    let one = gateway.get("/api/connections/1").token(&token).send().await;
    assert_json_snapshot!(one.shown(), @r#"
    {
      "body": {
        "createdAt": "[instant]",
        "integration": "segment",
        "isDefault": true,
        "label": "Sandbox",
        "lastErrorAt": null,
        "lastErrorMessage": null,
        "lastSuccessAt": null,
        "lastUsedAt": null,
        "number": 1,
        "region": "us",
        "shared": false,
        "slots": [
          {
            "filled": true,
            "health": {
              "state": "verified",
              "testedAt": "[instant]"
            },
            "label": "Public API token",
            "name": "public_api"
          },
          {
            "filled": true,
            "health": {
              "state": "verified",
              "testedAt": "[instant]"
            },
            "label": "Source write key",
            "name": "tracking"
          },
          {
            "fields": {
              "space_id": "[code]"
            },
            "filled": true,
            "health": {
              "state": "verified",
              "testedAt": "[instant]"
            },
            "label": "Profile API access token",
            "name": "profiles"
          }
        ],
        "state": "active"
      },
      "status": 200
    }
    "#);
    let all = gateway.get("/api/connections").token(&token).send().await;
    assert_eq!(all.json()["connections"][0], one.json());
    let keys = &gateway.sandbox.credentials.us;
    for secret in [keys.public_api.as_str(), keys.profiles.as_str(), keys.tracking().unwrap()] {
        assert!(!all.text.contains(secret));
    }
}

#[tokio::test]
async fn a_test_tells_how_each_slot_stands() {
    let (gateway, _, token) = Gateway::with_device().await;
    let tested = gateway.post("/api/connections/1/test").token(&token).send().await.json();
    let health: Vec<&str> = tested["slots"]
        .as_array()
        .unwrap()
        .iter()
        .map(|slot| slot["health"]["state"].as_str().unwrap())
        .collect();
    assert_eq!(health, ["verified", "verified", "verified"]);
}

#[tokio::test]
async fn what_is_no_number_is_no_connection() {
    let (gateway, _, token) = Gateway::with_device().await;
    for number in ["2", "0", "-1", "first", "1.0", "99999999999999999999", "%00"] {
        let answer = gateway.get(&format!("/api/connections/{number}")).token(&token).send().await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["error"]["code"]),
            (404, &"not_found".into()),
            "{number}"
        );
    }
}
