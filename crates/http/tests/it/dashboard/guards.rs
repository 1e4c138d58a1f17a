//! What stands before every page and every form.

use super::browser::{Browser, PASSWORD, led_to};
use crate::gateway::Gateway;
use keyferry_core::{ConfirmationId, DeviceId, Rule};

const ADA: &str = "ada@example.com";

/// Every form behind the sign-in.
fn forms() -> Vec<String> {
    let (device, approval) = (DeviceId::new(), ConfirmationId::new());
    [
        "/dashboard/sign-out",
        "/dashboard/sign-in/again",
        "/dashboard/team",
        "/dashboard/invitation/nobodys/join",
        "/dashboard/pair",
        "/dashboard/pair/decision",
        "/openclaw/pair/nobodys",
        &format!("/dashboard/approvals/{approval}"),
        "/dashboard/devices",
        "/dashboard/devices/window",
        "/dashboard/devices/window/close",
        &format!("/dashboard/devices/{device}/name"),
        &format!("/dashboard/devices/{device}/rule"),
        &format!("/dashboard/devices/{device}/token"),
        &format!("/dashboard/devices/{device}/revoke"),
        "/dashboard/connect/segment",
        "/dashboard/connections/1/name",
        "/dashboard/connections/1/default",
        "/dashboard/connections/1/test",
        "/dashboard/connections/1/disconnect",
        "/dashboard/connections/1/slots/tracking",
        "/dashboard/connections/1/slots/tracking/remove",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// Every page behind the sign-in.
const PAGES: [&str; 12] = [
    "/dashboard",
    "/dashboard/sign-in/again",
    "/dashboard/pair",
    "/openclaw/pair/nobodys",
    "/dashboard/approvals",
    "/dashboard/approvals/cnf_0123456789abcdef0123456789abcdef",
    "/dashboard/devices",
    "/dashboard/devices/dev_0123456789abcdef0123456789abcdef",
    "/dashboard/connections",
    "/dashboard/connections/1",
    "/dashboard/connect/segment",
    "/dashboard/calls",
];

#[tokio::test]
async fn a_form_without_the_sessions_token_is_not_taken() {
    let gateway = Gateway::new().await;
    gateway.person(ADA).await;
    gateway.person("eve@example.com").await;
    let eve = Browser::of(&gateway, "eve@example.com").await;
    let mut browser = Browser::of(&gateway, ADA).await;
    for path in forms() {
        for fields in [vec![], vec![("csrf", "")], vec![("csrf", eve.csrf())]] {
            let refused = browser.post_as_it_is(&path, &fields).await;
            assert_eq!(refused.status, 403, "{path} {fields:?}: {}", refused.text);
        }
    }
    assert_eq!(browser.get("/dashboard").await.status, 200);
}

#[tokio::test]
async fn a_form_from_elsewhere_is_not_taken_even_with_the_token() {
    let gateway = Gateway::new().await;
    gateway.person(ADA).await;
    let mut browser = Browser::of(&gateway, ADA).await;
    for origin in [None, Some("null"), Some("https://evil.example"), Some("http://keys.example.com")] {
        browser.origin = origin.map(str::to_owned);
        for path in forms() {
            let refused = browser.post(&path, &[]).await;
            assert_eq!(refused.status, 403, "{path} from {origin:?}: {}", refused.text);
        }
    }
}

#[tokio::test]
async fn the_forms_before_sign_in_ask_where_they_come_from_too() {
    let gateway = Gateway::new().await;
    gateway.person(ADA).await;
    let mut browser = Browser::new(&gateway);
    for origin in [None, Some("null"), Some("https://evil.example")] {
        browser.origin = origin.map(str::to_owned);
        for path in
            ["/dashboard/sign-in", "/dashboard/sign-in/x", "/dashboard/setup/x", "/dashboard/invitation/x"]
        {
            let refused = browser.post(path, &[("email", ADA), ("password", PASSWORD)]).await;
            assert_eq!(refused.status, 403, "{path} from {origin:?}: {}", refused.text);
            assert_eq!(browser.cookie("__Host-keyferry"), None);
        }
    }
}

#[tokio::test]
async fn without_a_session_a_page_leads_to_the_sign_in_and_a_form_is_not_taken() {
    let gateway = Gateway::new().await;
    let mut browser = Browser::new(&gateway);
    for path in PAGES {
        let asked = browser.get(path).await;
        assert!(led_to(&asked).starts_with("/dashboard/sign-in"), "{path}");
    }
    for path in forms() {
        assert_eq!(browser.post(&path, &[]).await.status, 401, "{path}");
    }
}

#[tokio::test]
async fn pages_take_no_device_token_and_the_api_takes_no_cookie() {
    let (gateway, _, token) = Gateway::with_device().await;
    for path in PAGES {
        let asked = gateway.get(path).token(&token).header("x-keyferry-key", &token).send().await;
        assert!(led_to(&asked).starts_with("/dashboard/sign-in"), "{path}");
    }
    let browser = Browser::of(&gateway, ADA).await;
    let cookie = format!("__Host-keyferry={}", browser.cookie("__Host-keyferry").unwrap());
    let asked = gateway.get("/api/agent/whoami").header("cookie", &cookie).send().await;
    assert_eq!(asked.status, 401);
}

#[tokio::test]
async fn every_page_has_its_headers_and_no_inline_script_or_style() {
    let (gateway, ada, _) = Gateway::with_device().await;
    let mut browser = Browser::of(&gateway, ADA).await;
    let (device, _) = gateway.named_device(&ada, Rule::Confirm).await;
    let own = [
        format!("/dashboard/devices/{device}"),
        "/dashboard/sign-in/x".to_owned(),
        "/dashboard/nothing".to_owned(),
    ];
    for path in PAGES.iter().map(|path| (*path).to_owned()).chain(own) {
        let page = browser.get(&path).await;
        let header = |name: &str| page.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(header("content-type").as_deref(), Some("text/html; charset=utf-8"), "{path}");
        assert_eq!(header("referrer-policy").as_deref(), Some("same-origin"), "{path}");
        assert_eq!(header("cache-control").as_deref(), Some("no-store"), "{path}");
        assert!(header("content-security-policy").unwrap().contains("default-src 'none'"), "{path}");
        for inline in ["<script", "<style", " style=", " onclick=", "javascript:"] {
            assert!(!page.text.contains(inline), "{path} holds {inline}");
        }
    }
}

#[tokio::test]
async fn the_stylesheet_is_there_and_nothing_else() {
    let gateway = Gateway::new().await;
    let mut browser = Browser::new(&gateway);
    let page = browser.get("/dashboard/sign-in").await;
    let (_, rest) = page.text.split_once(r#"<link rel="stylesheet" href=""#).unwrap();
    let style = browser.get(rest.split('"').next().unwrap()).await;
    assert_eq!(
        (style.status.as_u16(), style.headers["content-type"].to_str().unwrap()),
        (200, "text/css; charset=utf-8")
    );
    assert_eq!(browser.get("/dashboard/assets/..%2FCargo.toml").await.status, 404);
}

#[tokio::test]
async fn the_navigation_says_where_one_is() {
    let (gateway, ..) = Gateway::with_device().await;
    let mut browser = Browser::of(&gateway, ADA).await;
    for (path, current) in [
        ("/dashboard/devices", r#"<a href="/dashboard/devices" aria-current="page">"#),
        ("/dashboard/connections/1", r#"<a href="/dashboard/connections" aria-current="true">"#),
        ("/dashboard/connect/segment", r#"<a href="/dashboard/connections" aria-current="true">"#),
        ("/dashboard", r#"<a class="brand" href="/dashboard" aria-current="page">"#),
    ] {
        let page = browser.get(path).await;
        assert!(page.text.contains(current), "{path}: {}", page.text);
        assert_eq!(page.text.matches("aria-current").count(), 1, "{path}");
    }
}
