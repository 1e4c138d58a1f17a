use super::browser::{Browser, PASSWORD, led_to, must_say};
use crate::gateway::Gateway;
use keyferry_core::{ExposeSecret, Role};

const ADA: &str = "ada@example.com";

#[tokio::test]
async fn a_new_person_comes_in_once() {
    let gateway = Gateway::new().await;
    let ada = gateway.person(ADA).await;
    let token = gateway.identity.invitations.invite(&ada.principal, Role::Member).await.unwrap();
    let path = format!("/dashboard/invitation/{}", token.expose_secret());
    let mut browser = Browser::new(&gateway);
    let page = browser.get(&path).await;
    must_say(&page, "Join Ada’s team");
    must_say(&page, "member");
    let account =
        [("name", "Bob"), ("email", "bob@example.com"), ("password", PASSWORD), ("password_again", PASSWORD)];
    assert_eq!(led_to(&browser.post(&path, &account).await), "/dashboard");
    must_say(&browser.get("/dashboard").await, "Bob");
    assert_eq!(Browser::new(&gateway).get(&path).await.status, 410);
}

#[tokio::test]
async fn who_is_signed_in_joins_and_sees_the_team() {
    let gateway = Gateway::new().await;
    let ada = gateway.person(ADA).await;
    gateway.person("bob@example.com").await;
    let token = gateway.identity.invitations.invite(&ada.principal, Role::Viewer).await.unwrap();
    let path = format!("/dashboard/invitation/{}", token.expose_secret());
    let mut browser = Browser::of(&gateway, "bob@example.com").await;
    must_say(&browser.get(&path).await, "You are signed in as");
    assert_eq!(led_to(&browser.post(&format!("{path}/join"), &[]).await), "/dashboard");
    must_say(&browser.get("/dashboard").await, "You have joined the team.");
    let viewer = browser.get("/dashboard/connect/segment").await;
    assert_eq!(viewer.status, 403);
    must_say(&viewer, "viewer");
    assert_eq!(browser.post("/dashboard/pair", &[("code", "BBBB-BBBB")]).await.status, 403);
}
