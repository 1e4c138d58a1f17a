use crate::gateway::Gateway;
use insta::assert_json_snapshot;

#[tokio::test]
async fn it_names_only_what_is_there() {
    let gateway = Gateway::new().await;
    let answer = gateway.get("/.well-known/oauth-authorization-server").send().await;
    assert_json_snapshot!(answer.json(), @r#"
    {
      "authorization_endpoint": "https://keys.example.com/oauth/authorize",
      "authorization_response_iss_parameter_supported": true,
      "code_challenge_methods_supported": [
        "S256"
      ],
      "device_authorization_endpoint": "https://keys.example.com/oauth/device_authorization",
      "grant_types_supported": [
        "authorization_code",
        "urn:ietf:params:oauth:grant-type:device_code",
        "refresh_token"
      ],
      "issuer": "https://keys.example.com",
      "registration_endpoint": "https://keys.example.com/oauth/register",
      "response_modes_supported": [
        "query"
      ],
      "response_types_supported": [
        "code"
      ],
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
}
