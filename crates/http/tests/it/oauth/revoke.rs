use super::paired;
use crate::gateway::Gateway;

#[tokio::test]
async fn a_refresh_token_given_back_ends_the_device() {
    let gateway = Gateway::new().await;
    let (access, refresh) = paired(&gateway).await;
    let answer = gateway.post("/oauth/revoke").form(&[("token", &refresh)]).send().await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, ""));
    assert_eq!(gateway.get("/api/agent/whoami").token(&access).send().await.status, 401);
}

#[tokio::test]
async fn an_unknown_token_is_answered_alike_and_one_of_another_kind_is_not_said_to_be_revoked() {
    let gateway = Gateway::new().await;
    let (access, _) = paired(&gateway).await;
    let status = |token: String| async {
        let token = token;
        gateway.post("/oauth/revoke").form(&[("token", &token)]).send().await
    };
    assert_eq!(status("unknown".to_owned()).await.status, 200);
    assert_eq!(status(access.clone()).await.json()["error"], "unsupported_token_type");
    assert_eq!(status("kfd_x".to_owned()).await.json()["error"], "unsupported_token_type");
    assert_eq!(gateway.get("/api/agent/whoami").token(&access).send().await.status, 200);
    let missing = gateway.post("/oauth/revoke").form(&[]).send().await;
    assert_eq!(missing.json()["error"], "invalid_request");
}
