use super::browser::{Browser, PASSWORD, led_to, must_not_say, must_say};
use crate::gateway::Gateway;
use keyferry_core::ExposeSecret;

const WEAK: &str = "hunter2hunter2";

#[tokio::test]
async fn the_link_makes_the_first_account_once_and_signs_it_in() {
    let gateway = Gateway::new().await;
    let token = gateway.identity.setup.begin().await.unwrap().unwrap();
    let path = format!("/dashboard/setup/{}", token.expose_secret());
    let mut browser = Browser::new(&gateway);
    must_say(&browser.get(&path).await, "Set up this gateway");
    must_say(&browser.get("/dashboard/sign-in").await, "Nobody has an account here yet");

    let account = |password| {
        [("name", "Ada"), ("email", "ada@example.com"), ("password", password), ("password_again", password)]
    };
    let weak = browser.post(&path, &account(WEAK)).await;
    assert_eq!(weak.status, 422);
    must_say(&weak, "ada@example.com");
    must_not_say(&weak, WEAK);
    let mut unlike = account(PASSWORD);
    unlike[3].1 = "something else entirely";
    must_say(&browser.post(&path, &unlike).await, "not the same");

    let made = browser.post(&path, &account(PASSWORD)).await;
    assert_eq!(led_to(&made), "/dashboard");
    must_say(&browser.get("/dashboard").await, "Ada");

    let mut other = Browser::new(&gateway);
    must_not_say(&other.get("/dashboard/sign-in").await, "Nobody has an account");
    assert_eq!(other.get(&path).await.status, 410);
    assert_eq!(other.post(&path, &account(PASSWORD)).await.status, 410);
}

#[tokio::test]
async fn a_link_that_nobody_made_is_no_link() {
    let gateway = Gateway::new().await;
    assert_eq!(Browser::new(&gateway).get("/dashboard/setup/nobodys").await.status, 410);
}
