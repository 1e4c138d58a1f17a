use crate::gateway::Gateway;
use insta::assert_json_snapshot;
use serde_json::json;

#[tokio::test]
async fn a_client_has_to_name_itself() {
    let gateway = Gateway::new().await;
    for form in [&[][..], &[("client_id", "")][..]] {
        let answer = gateway.post("/oauth/device_authorization").form(form).send().await.shown();
        insta::allow_duplicates!(assert_json_snapshot!(answer, @r#"
        {
          "body": {
            "error": "invalid_request",
            "error_description": "`client_id` is missing."
          },
          "status": 400
        }
        "#));
    }
}

#[tokio::test]
async fn only_a_form_with_each_parameter_once_is_taken() {
    let gateway = Gateway::new().await;
    let path = "/oauth/device_authorization";
    let form = "application/x-www-form-urlencoded";
    for (kind, body) in [
        (form, "client_id=a&client_id=b"),
        (form, "client_id=a%00"),
        ("application/json", r#"{"client_id": "a"}"#),
    ] {
        let answer = gateway.post(path).header("content-type", kind).body(body).send().await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["error"]),
            (400, &"invalid_request".into()),
            "{body}"
        );
    }
    let json = gateway.post(path).json(json!({"client_id": "a"})).send().await;
    assert_eq!(json.json()["error"], "invalid_request");
}

#[tokio::test]
async fn one_network_cannot_fill_the_gateway() {
    let gateway = Gateway::new().await;
    let ask = || gateway.post("/oauth/device_authorization").form(&[("client_id", "a")]).send();
    for _ in 0..20 {
        assert_eq!(ask().await.status, 200);
    }
    let refused = ask().await;
    assert!(refused.headers.contains_key("retry-after"));
    assert_json_snapshot!(refused.shown(), @r#"
    {
      "body": {
        "error": "temporarily_unavailable",
        "error_description": "too many pairings are open; finish or wait out the ones that are, then start again"
      },
      "status": 429
    }
    "#);
}
