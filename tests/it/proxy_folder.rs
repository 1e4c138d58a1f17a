//! An integration from a folder through the proxy, whose operations take more than Segment's do: a key in the body, and
//! arguments in path and query beside it.

use keyferry_testkit::{Demo, Engine, PATIENCE};
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

const KEY: &str = "shop-key-0123456789abcdef";

const INTEGRATION: &str = "
integration: shop
name: Shop
description: A small shop.
regions: { all: Everywhere }
apis:
  main: { documents: api.yaml }
slots:
  key: { label: Key, help: On the settings page., also_body: shopKey }
";

const API: &str = r#"
openapi: 3.1.0
info: { title: Shop, version: v1 }
servers:
  - { url: "https://shop.example", x-keyferry: { region: all } }
security: [{ key: [] }]
components:
  securitySchemes: { key: { type: http, scheme: bearer } }
paths:
  /items/{itemId}/notes:
    post:
      operationId: addNote
      summary: Puts a note on an item.
      parameters:
        - { name: itemId, in: path, required: true, schema: { type: string, minLength: 1 } }
        - { name: urgent, in: query, schema: { type: boolean } }
      requestBody:
        content: { application/json: { schema: { type: object, properties: { text: { type: string } }, required: [text] } } }
      responses: { "200": { description: ok } }
      x-keyferry: { impact: write }
  /events:
    post:
      operationId: sendEvents
      summary: Sends events.
      requestBody:
        content: { application/json: { schema: { type: object, properties: { events: { type: array, items: { type: object } } } } } }
      responses: { "200": { description: ok } }
      x-keyferry: { impact: write }
"#;

/// A shop that takes everything, and tells the first line and the body of what came.
async fn shop() -> (SocketAddr, mpsc::UnboundedReceiver<(String, Value)>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let (tell, told) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((line, _)) = listener.accept().await {
            let told = one_request(line).await;
            let _ = tell.send(told);
        }
    });
    (address, told)
}

async fn one_request(mut line: TcpStream) -> (String, Value) {
    let mut got = Vec::new();
    let (head, body) = loop {
        assert_ne!(line.read_buf(&mut got).await.expect("a request"), 0, "it ends half-way");
        let text = String::from_utf8_lossy(&got).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head
            .lines()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() == length.unwrap_or(0) {
            break (head.to_owned(), body.to_owned());
        }
    };
    let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
    line.write_all(answer.as_bytes()).await.expect("it reads");
    let first = head.lines().next().unwrap_or_default().to_owned();
    (first, serde_json::from_str(&body).expect("JSON"))
}

async fn next(arrived: &mut mpsc::UnboundedReceiver<(String, Value)>) -> (String, Value) {
    let told = tokio::time::timeout(PATIENCE, arrived.recv()).await;
    told.expect("it arrives in time").expect("the shop is open")
}

async fn demo(shop: SocketAddr, folder: &TempDir) -> Demo {
    let home = folder.path().join("shop");
    std::fs::create_dir_all(&home).expect("a folder");
    std::fs::write(home.join("integration.yaml"), INTEGRATION).expect("a file");
    std::fs::write(home.join("api.yaml"), API).expect("a file");
    let rule = format!(r#"[{{integration="shop",host="{shop}",network="127.0.0.0/8"}}]"#);
    Demo::plan()
        .variable("KEYFERRY_INTEGRATIONS_DIR", &folder.path().display().to_string())
        .variable("KEYFERRY_INTEGRATIONS__SHOP__SERVERS__ALL__MAIN", &format!("http://{shop}"))
        .variable("KEYFERRY_EGRESS__ALLOW", &rule)
        .start(Engine::Sqlite)
        .await
}

#[tokio::test]
async fn what_stands_beside_a_body_with_a_key_goes_up_with_it_or_is_refused() {
    let (address, mut arrived) = shop().await;
    let folder = TempDir::new().expect("a temporary folder");
    let demo = demo(address, &folder).await;
    let person = demo.person().await;
    let page = person.open("/dashboard/connect/shop").await;
    let form = page.press("Test and connect").fill("label", "Shop").fill("secret.key", KEY);
    person.send(form).await;
    let token = person.new_device("clerk", "trusted").await;
    let post = async |path: &str, body: Value| {
        let url = format!("http://{}/proxy/shop/main{path}", demo.settings.listen);
        let request = demo.wire.client.post(url).bearer_auth(&token).json(&body);
        let answer = demo.wire.send(request).await;
        (answer.status, answer.text)
    };

    let note = json!({"shopKey": "anothers", "text": "hello"});
    let (status, text) = post("/items/a%2Fb/notes?urgent=true", note.clone()).await;
    assert_eq!(status, 200, "{text}");
    let (first, body) = next(&mut arrived).await;
    assert_eq!(first, "POST /items/a%2Fb/notes?urgent=true HTTP/1.1");
    assert_eq!(body, json!({"shopKey": KEY, "text": "hello"}));

    let events = json!({"shopKey": "anothers", "events": [{"shopKey": "anothers", "other": 1.50}]});
    let (status, text) = post("/events", events).await;
    assert_eq!(status, 200, "{text}");
    let (first, body) = next(&mut arrived).await;
    assert_eq!((first.as_str(), &body["shopKey"]), ("POST /events HTTP/1.1", &json!(KEY)));
    assert!(!body.to_string().contains("anothers"), "{body}");

    for path in ["/items/a/notes?urgent=maybe", "/items/a/notes?other=1", "/events?urgent=true"] {
        assert_eq!(post(path, note.clone()).await.0, 400, "{path}");
    }
    assert!(arrived.try_recv().is_err(), "what was refused arrived");
}
