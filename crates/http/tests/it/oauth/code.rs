//! The code flow as a browser and a program walk it, and as an attacker would.

use super::{refresh, tokens};
use crate::dashboard::browser::{Browser, led_to, must_not_say, must_say};
use crate::gateway::{Answered, Gateway, PUBLIC_URL};
use axum::http::Method;
use serde_json::json;
use std::collections::BTreeMap;
use url::Url;

const BACK: &str = "http://127.0.0.1:4000/cb";
const SITE: &str = "https://editor.example/cb";
// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

async fn register(gateway: &Gateway) -> String {
    let body = json!({"client_name": "<b>An editor</b>", "redirect_uris": ["http://127.0.0.1/cb", SITE]});
    let answer = gateway.post("/oauth/register").json(body).send().await;
    answer.json()["client_id"].as_str().unwrap().to_owned()
}

/// The address that a program sends a person to, with some parameters other than usual.
fn asking(client: &str, other: &[(&str, &str)]) -> String {
    let resource = format!("{PUBLIC_URL}/mcp");
    let mut all = BTreeMap::from([
        ("response_type", "code"),
        ("client_id", client),
        ("redirect_uri", BACK),
        ("state", "the state"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("resource", &resource),
    ]);
    all.extend(other.iter().copied());
    all.retain(|_, value| !value.is_empty());
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(all).finish();
    format!("/oauth/authorize?{query}")
}

/// Where a decision led, without its parameters, and those.
fn answer(decided: &Answered) -> (String, BTreeMap<String, String>) {
    let mut url = Url::parse(led_to(decided)).unwrap();
    let parameters = url.query_pairs().into_owned().collect();
    url.set_query(None);
    (url.into(), parameters)
}

const YES: [(&str, &str); 2] = [("decision", "approve"), ("rule", "confirm")];

async fn redeem(gateway: &Gateway, client: &str, code: &str, other: &[(&str, &str)]) -> Answered {
    let mut form = BTreeMap::from([
        ("grant_type", "authorization_code"),
        ("code", code),
        ("client_id", client),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
    ]);
    form.extend(other.iter().copied());
    form.retain(|_, value| !value.is_empty());
    gateway.post("/oauth/token").form(&form.into_iter().collect::<Vec<_>>()).send().await
}

/// The tokens of a program that the browser's person lets in, for one resource.
pub(crate) async fn let_in(gateway: &Gateway, browser: &mut Browser<'_>, resource: &str) -> (String, String) {
    let client = register(gateway).await;
    let path = asking(&client, &[("resource", resource)]);
    browser.get(&path).await;
    let code = answer(&browser.post(&path, &YES).await).1.remove("code").unwrap();
    tokens(&redeem(gateway, &client, &code, &[]).await)
}

async fn whoami(gateway: &Gateway, token: &str) -> u16 {
    gateway.get("/api/agent/whoami").token(token).send().await.status.as_u16()
}

async fn mcp(gateway: &Gateway, token: &str) -> u16 {
    let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"});
    let asking = gateway.post("/mcp").header("host", "keys.example.com").token(token).json(ping);
    asking.header("accept", "application/json, text/event-stream").send().await.status.as_u16()
}

#[tokio::test]
async fn a_person_lets_a_program_in_and_its_tokens_open_the_one_door() {
    let gateway = Gateway::new().await;
    gateway.person("ada@example.com").await;
    let mut browser = Browser::of(&gateway, "ada@example.com").await;
    let client = register(&gateway).await;
    let path = asking(&client, &[]);
    let page = browser.get(&path).await;
    assert_eq!(page.status, 200);
    must_say(&page, "nobody checked that");
    must_say(&page, "&#60;b&#62;An editor&#60;/b&#62;");
    must_say(&page, "a program on this computer");
    let decided = browser.post(&path, &YES).await;
    let (to, parameters) = answer(&decided);
    assert_eq!(to, BACK);
    assert_eq!((parameters["state"].as_str(), parameters["iss"].as_str()), ("the state", PUBLIC_URL));
    let (access, refresh_token) = tokens(&redeem(&gateway, &client, &parameters["code"], &[]).await);
    assert_eq!((mcp(&gateway, &access).await, whoami(&gateway, &access).await), (200, 401));

    let (again, _) = tokens(&refresh(&gateway, &refresh_token).await);
    assert_eq!((mcp(&gateway, &again).await, whoami(&gateway, &again).await), (200, 401));
}

#[tokio::test]
async fn whoever_is_not_signed_in_signs_in_first_and_comes_back_to_the_question() {
    let gateway = Gateway::new().await;
    gateway.person("ada@example.com").await;
    let client = register(&gateway).await;
    let path = asking(&client, &[]);
    let mut browser = Browser::new(&gateway);
    let sign_in = browser.get(&path).await;
    let query = led_to(&sign_in).split_once("next=").unwrap().1.to_owned();
    let next: String =
        url::form_urlencoded::parse(format!("next={query}").as_bytes()).next().unwrap().1.into_owned();
    assert_eq!(next, path);
    let form =
        [("email", "ada@example.com"), ("password", crate::dashboard::browser::PASSWORD), ("next", &next)];
    assert_eq!(led_to(&browser.post("/dashboard/sign-in", &form).await), path);
}

#[tokio::test]
async fn a_no_is_told_to_the_program_and_no_code_with_it() {
    let gateway = Gateway::new().await;
    gateway.person("ada@example.com").await;
    let mut browser = Browser::of(&gateway, "ada@example.com").await;
    let path = asking(&register(&gateway).await, &[]);
    browser.get(&path).await;
    let (to, parameters) = answer(&browser.post(&path, &[("decision", "deny")]).await);
    assert_eq!((to.as_str(), parameters["error"].as_str()), (BACK, "access_denied"));
    assert_eq!(parameters["iss"], PUBLIC_URL);
    assert!(!parameters.contains_key("code"));
}

#[tokio::test]
async fn a_code_that_leaves_the_computer_takes_a_tick_and_trust_another() {
    let gateway = Gateway::new().await;
    gateway.person("ada@example.com").await;
    let mut browser = Browser::of(&gateway, "ada@example.com").await;
    let path = asking(&register(&gateway).await, &[("redirect_uri", SITE)]);
    must_say(&browser.get(&path).await, "What you allow goes to editor.example.");
    let unticked = browser.post(&path, &YES).await;
    assert_eq!(unticked.status, 422);
    must_say(&unticked, "Tick the box if you yourself began this at editor.example");
    let trusting =
        browser.post(&path, &[("decision", "approve"), ("rule", "trusted"), ("from_elsewhere", "yes")]).await;
    assert_eq!(trusting.status, 422);
    let ticked = [("decision", "approve"), ("rule", "confirm"), ("from_elsewhere", "yes")];
    assert_eq!(answer(&browser.post(&path, &ticked).await).0, SITE);
}

#[tokio::test]
async fn nothing_wrong_is_ever_led_to_the_address_that_it_names() {
    let gateway = Gateway::new().await;
    gateway.person("ada@example.com").await;
    let mut browser = Browser::of(&gateway, "ada@example.com").await;
    let client = register(&gateway).await;
    let elsewhere = format!("{PUBLIC_URL}/other");
    let wrong: &[(&str, &str, &str)] = &[
        ("client_id", "client_nobody", "invalid_client"),
        ("redirect_uri", "https://evil.example/cb", "invalid_request"),
        ("redirect_uri", "http://127.0.0.1:4000/other", "invalid_request"),
        ("redirect_uri", "", "invalid_request"),
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "", "unsupported_response_type"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("code_challenge_method", "", "invalid_request"),
        ("resource", "", "invalid_request"),
        ("resource", &elsewhere, "invalid_target"),
    ];
    for (name, value, expected) in wrong {
        let path = asking(&client, &[(name, value)]);
        for page in [browser.get(&path).await, browser.post(&path, &YES).await] {
            assert_eq!(page.status, 400, "{name}={value}");
            assert!(!page.headers.contains_key("location"));
            must_say(&page, expected);
            must_not_say(&page, "evil.example");
        }
    }
    let twice = format!("{}&redirect_uri=https%3A%2F%2Fevil.example", asking(&client, &[]));
    assert_eq!(browser.get(&twice).await.status, 400);
}

#[tokio::test]
async fn nobody_says_yes_for_the_person() {
    let gateway = Gateway::new().await;
    gateway.person("ada@example.com").await;
    gateway.person("eve@example.com").await;
    let path = asking(&register(&gateway).await, &[]);
    let mut ada = Browser::of(&gateway, "ada@example.com").await;
    let page = ada.get(&path).await;
    // No frame around it, and its form leads here or to the program alone.
    assert_eq!(page.headers["x-frame-options"], "DENY");
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(policy.contains("form-action 'self' http://127.0.0.1:4000;"), "{policy}");

    // A page elsewhere that sends the form with the person's cookie: no Origin of ours, or no token, or another's.
    let csrf = ada.csrf().to_owned();
    ada.origin = Some("https://evil.example".to_owned());
    assert_eq!(ada.post(&path, &YES).await.status, 403);
    ada.origin = None;
    assert_eq!(ada.post(&path, &YES).await.status, 403);
    ada.origin = Some(PUBLIC_URL.to_owned());
    assert_eq!(ada.post_as_it_is(&path, &YES).await.status, 403);
    let mut eve = Browser::of(&gateway, "eve@example.com").await;
    eve.get(&path).await;
    let foreign = [("csrf", eve.csrf()), YES[0], YES[1]];
    assert_eq!(ada.post_as_it_is(&path, &foreign).await.status, 403);
    assert_eq!(ada.post_as_it_is(&path, &[("csrf", &csrf), YES[0], YES[1]]).await.status, 303);
    // Neither the page's address nor a GET decides anything.
    let decided = format!("{path}&decision=approve&rule=trusted");
    assert_eq!(ada.get(&decided).await.status, 200);
    let nobody = gateway.ask(Method::POST, &path).header("origin", PUBLIC_URL).form(&YES).send().await;
    assert_eq!(nobody.status, 401);
}

#[tokio::test]
async fn a_token_request_that_lacks_or_changes_a_part_brings_nothing() {
    let gateway = Gateway::new().await;
    gateway.person("ada@example.com").await;
    let mut browser = Browser::of(&gateway, "ada@example.com").await;
    let client = register(&gateway).await;
    let path = asking(&client, &[]);
    browser.get(&path).await;
    let code = answer(&browser.post(&path, &YES).await).1.remove("code").unwrap();
    let api = format!("{PUBLIC_URL}/api");
    let cases: &[(&str, &str, &str)] = &[
        ("code_verifier", "", "invalid_request"),
        ("code_verifier", CHALLENGE, "invalid_grant"),
        ("redirect_uri", "", "invalid_request"),
        ("redirect_uri", SITE, "invalid_grant"),
        ("client_id", "", "invalid_request"),
        ("client_id", "client_other", "invalid_grant"),
        ("code", "", "invalid_request"),
        ("resource", &api, "invalid_target"),
        ("resource", "https://evil.example/mcp", "invalid_target"),
    ];
    for (name, value, expected) in cases {
        let refused = redeem(&gateway, &client, &code, &[(name, value)]).await;
        assert_eq!(refused.json()["error"], *expected, "{name}={value}");
    }
    let (access, refresh_token) = tokens(&redeem(&gateway, &client, &code, &[]).await);
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token.as_str()),
        ("resource", api.as_str()),
    ];
    assert_eq!(gateway.post("/oauth/token").form(&form).send().await.json()["error"], "invalid_target");
    assert_eq!(mcp(&gateway, &access).await, 200);
    assert_eq!(redeem(&gateway, &client, &code, &[]).await.json()["error"], "invalid_grant");
    assert_eq!(mcp(&gateway, &access).await, 401, "whoever used it twice has ended the device");
}
