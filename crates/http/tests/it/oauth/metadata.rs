use crate::gateway::Gateway;
use insta::assert_json_snapshot;

#[tokio::test]
async fn it_names_only_what_is_there() {
    let gateway = Gateway::new().await;
    let answer = gateway.get("/.well-known/oauth-authorization-server").send().await;
    assert_json_snapshot!(answer.json(), @"");
    for path in ["/oauth/authorize", "/oauth/register", "/.well-known/oauth-protected-resource"] {
        assert_eq!(gateway.get(path).send().await.status, 404);
    }
}
