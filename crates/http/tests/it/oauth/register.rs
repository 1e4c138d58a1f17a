use crate::gateway::Gateway;
use insta::assert_json_snapshot;
use serde_json::json;

#[tokio::test]
async fn a_program_is_registered_without_a_secret_and_gets_no_more_than_there_is() {
    let gateway = Gateway::new().await;
    let body = json!({
        "client_name": "An \u{202e}editor", "redirect_uris": ["http://127.0.0.1:33418/"],
        "grant_types": ["authorization_code", "refresh_token", "implicit"], "response_types": ["code"],
        "token_endpoint_auth_method": "client_secret_post", "scope": "everything",
    });
    let mut answer = gateway.post("/oauth/register").json(body).send().await.shown();
    assert!(answer["body"]["client_id_issued_at"].take().is_i64());
    assert_json_snapshot!(answer, @r#"
    {
      "body": {
        "client_id": "[secret]",
        "client_id_issued_at": null,
        "client_name": "An ⟨U+202E⟩editor",
        "grant_types": [
          "authorization_code",
          "refresh_token"
        ],
        "redirect_uris": [
          "http://[sandbox]/"
        ],
        "response_types": [
          "code"
        ],
        "token_endpoint_auth_method": "none"
      },
      "status": 201
    }
    "#);
}

#[tokio::test]
async fn what_can_not_be_registered_is_refused_in_the_standards_words() {
    let gateway = Gateway::new().await;
    let back = ["https://editor.example/cb"];
    let cases = [
        (json!({}), "invalid_redirect_uri"),
        (json!({"redirect_uris": []}), "invalid_redirect_uri"),
        (json!({"redirect_uris": ["http://editor.example/cb"]}), "invalid_redirect_uri"),
        (json!({"redirect_uris": ["javascript:alert(1)"]}), "invalid_redirect_uri"),
        (json!({"redirect_uris": "https://editor.example/cb"}), "invalid_client_metadata"),
        (json!({"redirect_uris": back, "grant_types": ["client_credentials"]}), "invalid_client_metadata"),
        (json!({"redirect_uris": back, "response_types": ["token"]}), "invalid_client_metadata"),
        (json!({"redirect_uris": back, "client_name": 7}), "invalid_client_metadata"),
        (json!([]), "invalid_client_metadata"),
    ];
    for (body, expected) in cases {
        let answer = gateway.post("/oauth/register").json(body.clone()).send().await;
        let told = answer.json();
        assert_eq!((answer.status.as_u16(), told["error"].as_str()), (400, Some(expected)), "{body}");
        assert!(told["error_description"].is_string());
    }
}

#[tokio::test]
async fn a_network_registers_so_many_and_no_more() {
    let gateway = Gateway::new().await;
    let register = || {
        let body = json!({"redirect_uris": ["https://editor.example/cb"]});
        gateway.post("/oauth/register").json(body).send()
    };
    for _ in 0..20 {
        assert_eq!(register().await.status, 201);
    }
    let refused = register().await;
    assert_eq!((refused.status.as_u16(), &refused.headers["retry-after"]), (429, &"3600".parse().unwrap()));
}

#[tokio::test]
async fn a_page_in_a_browser_registers_nothing() {
    let gateway = Gateway::new().await;
    let body = json!({"redirect_uris": ["https://evil.example/cb"]});
    let asking = gateway.post("/oauth/register").json(body).header("origin", "https://evil.example");
    assert_eq!(asking.send().await.status, 403);
}
