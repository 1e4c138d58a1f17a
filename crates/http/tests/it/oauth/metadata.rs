use crate::gateway::Gateway;
use insta::assert_json_snapshot;

#[tokio::test]
async fn it_names_only_what_is_there() {
    let gateway = Gateway::new().await;
    let answer = gateway.get("/.well-known/oauth-authorization-server").send().await;
    assert_json_snapshot!(answer.json(), @r#"
    {
      "device_authorization_endpoint": "https://keys.example.com/oauth/device_authorization",
      "grant_types_supported": [
        "urn:ietf:params:oauth:grant-type:device_code",
        "refresh_token"
      ],
      "issuer": "https://keys.example.com",
      "response_types_supported": [],
      "revocation_endpoint": "https://keys.example.com/oauth/revoke",
      "revocation_endpoint_auth_methods_supported": [
        "none"
      ],
      "token_endpoint": "https://keys.example.com/oauth/token",
      "token_endpoint_auth_methods_supported": [
        "none"
      ]
    }
    "#);
    for path in ["/oauth/authorize", "/oauth/register", "/.well-known/oauth-protected-resource"] {
        assert_eq!(gateway.get(path).send().await.status, 404);
    }
}
