//! The public listener.

use crate::gateway::Gateway;
use keyferry_core::Rule;
use keyferry_http::Listening;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

async fn listening(gateway: &Gateway) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let listening = Listening { listener, tls: None, trusted_proxies: [].into() };
    (address, tokio::spawn(keyferry_http::serve(listening, gateway.router.clone(), gateway.stop.clone())))
}

async fn ask(address: SocketAddr, head: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

async fn read_until(stream: &mut TcpStream, text: &mut String, mark: &str) {
    let mut chunk = [0; 1024];
    while !text.contains(mark) {
        let read = stream.read(&mut chunk).await.unwrap();
        assert_ne!(read, 0, "the line ended before `{mark}`: {text}");
        text.push_str(std::str::from_utf8(&chunk[..read]).unwrap());
    }
}

#[tokio::test]
async fn when_it_stops_streams_are_told_and_ended_and_nobody_new_is_let_in() {
    let gateway = Gateway::new().await;
    let person = gateway.person("ada@example.com").await;
    let token = gateway.device(&person, Rule::Confirm).await;
    let (address, serving) = listening(&gateway).await;

    let head = format!("GET /api/calls/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n");
    let (mut stream, mut text) = (ask(address, &head).await, String::new());
    read_until(&mut stream, &mut text, "text/event-stream").await;

    gateway.stop.cancel();
    read_until(&mut stream, &mut text, "event: end").await;
    serving.await.unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn what_is_no_http_harms_nobody_else() {
    let gateway = Gateway::new().await;
    let (address, _) = listening(&gateway).await;
    let mut broken = ask(address, "\u{1}\u{2}\r\n\r\n").await;
    let mut text = String::new();
    broken.read_to_string(&mut text).await.unwrap();
    assert!(text.starts_with("HTTP/1.1 400"), "{text}");
    let mut whole = ask(address, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    text.clear();
    whole.read_to_string(&mut text).await.unwrap();
    assert!(text.starts_with("HTTP/1.1 200"), "{text}");
}
