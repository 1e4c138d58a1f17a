//! The public listener.

use crate::gateway::{Gateway, IN_VAIN, until};
use keyferry_core::Rule;
use keyferry_http::{DoorLimits, Listening};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

async fn listening(gateway: &Gateway) -> (SocketAddr, JoinHandle<()>) {
    listening_behind(gateway, DoorLimits::default(), &[]).await
}

async fn listening_behind(
    gateway: &Gateway,
    limits: DoorLimits,
    proxies: &[&str],
) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let trusted_proxies = proxies.iter().map(|network| network.parse().unwrap()).collect();
    let leaving = gateway.doors.leaving.clone();
    let listening = Listening { listener, tls: None, trusted_proxies, limits, leaving };
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
async fn while_it_leaves_everything_is_served_and_no_connection_is_kept() {
    let gateway = Gateway::new().await;
    let (address, serving) = listening(&gateway).await;
    let alive = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    let (mut kept, mut text) = (ask(address, alive).await, String::new());
    read_until(&mut kept, &mut text, r#"{"status":"ok"}"#).await;
    assert!(!text.to_lowercase().contains("connection: close"), "{text}");

    gateway.doors.leaving.cancel();
    kept.write_all(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut last = String::new();
    kept.read_to_string(&mut last).await.unwrap();
    assert!(last.starts_with("HTTP/1.1 503"), "{last}");
    assert!(last.to_lowercase().contains("connection: close"), "{last}");
    let (mut new, mut text) = (ask(address, alive).await, String::new());
    new.read_to_string(&mut text).await.unwrap();
    assert!(text.starts_with("HTTP/1.1 200") && text.to_lowercase().contains("connection: close"), "{text}");

    gateway.stop.cancel();
    serving.await.unwrap();
}

#[tokio::test]
async fn what_a_request_says_twice_of_itself_is_refused_at_every_door() {
    let gateway = Gateway::new().await;
    let (address, serving) = listening(&gateway).await;
    let (host, chunked) = ("Host: x\r\n", "Transfer-Encoding: chunked\r\n");
    for (head, status) in [
        (format!("GET /healthz HTTP/1.1\r\n{host}Origin: http://a\r\n"), "200"),
        (format!("GET http://x/healthz HTTP/1.1\r\n{host}"), "200"),
        (format!("GET /healthz HTTP/1.1\r\n{host}Host: y\r\n"), "400"),
        (format!("GET http://y/healthz HTTP/1.1\r\n{host}"), "400"),
        (format!("POST /mcp HTTP/1.1\r\n{host}{host}Content-Length: 0\r\n"), "400"),
        (format!("POST /mcp HTTP/1.1\r\n{host}Origin: http://a\r\nOrigin: http://b\r\n"), "400"),
        (format!("GET /dashboard HTTP/1.1\r\n{host}{host}"), "400"),
        (format!("POST /proxy/segment/tracking/v1/track HTTP/1.1\r\n{host}{chunked}{chunked}"), "400"),
    ] {
        let (mut line, mut text) = (ask(address, &format!("{head}\r\n")).await, String::new());
        read_until(&mut line, &mut text, "\r\n").await;
        assert!(text.starts_with(&format!("HTTP/1.1 {status}")), "{head}: {text}");
    }
    gateway.stop.cancel();
    serving.await.unwrap();
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

const ALIVE: &str = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
const PREFACE: &str = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Whether the gateway ends a connection without a word.
async fn is_shut(stream: &mut TcpStream) -> bool {
    let mut chunk = [0; 64];
    let reading = tokio::time::timeout(IN_VAIN, stream.read(&mut chunk));
    match reading.await.expect("the connection is left open") {
        Ok(read) => read == 0,
        Err(_) => true,
    }
}

/// A connection that was answered on, and is open.
async fn served(address: SocketAddr) -> TcpStream {
    let mut stream = ask(address, ALIVE).await;
    read_until(&mut stream, &mut String::new(), "HTTP/1.1 200").await;
    stream
}

#[tokio::test]
async fn who_says_nothing_or_never_says_which_protocol_it_speaks_is_cut_off() {
    let gateway = Gateway::new().await;
    let limits = DoorLimits { patience: Duration::from_millis(50), ..DoorLimits::default() };
    let (address, _) = listening_behind(&gateway, limits, &[]).await;
    for said in ["", "P", "PRI * HT", &PREFACE[..23]] {
        assert!(is_shut(&mut ask(address, said).await).await, "{said}");
    }
}

#[tokio::test]
async fn both_protocols_are_spoken_however_slowly_they_begin() {
    let gateway = Gateway::new().await;
    let (address, _) = listening(&gateway).await;
    for (whole, answer) in [(ALIVE, b"HTTP/1.1 ".as_slice()), (PREFACE, b"\0\0")] {
        let (begin, rest) = whole.split_at(1);
        let mut stream = ask(address, begin).await;
        stream.write_all(rest.as_bytes()).await.unwrap();
        if whole == PREFACE {
            // SETTINGS without a setting; the gateway answers with its own.
            stream.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).await.unwrap();
        }
        let mut said = vec![0; answer.len()];
        stream.read_exact(&mut said).await.unwrap();
        assert_eq!(said, answer);
    }
}

#[tokio::test]
async fn who_is_silent_does_not_keep_the_gateway_from_stopping() {
    let gateway = Gateway::new().await;
    let limits = DoorLimits { patience: IN_VAIN * 2, ..DoorLimits::default() };
    let (address, serving) = listening_behind(&gateway, limits, &[]).await;
    let mut silent = ask(address, "").await;
    served(address).await;
    gateway.stop.cancel();
    assert!(is_shut(&mut silent).await);
    serving.await.unwrap();
}

#[tokio::test]
async fn a_network_has_so_many_connections_and_a_proxy_as_many_as_there_are() {
    let gateway = Gateway::new().await;
    let limits = DoorLimits { connections: 3, connections_each: 2, ..DoorLimits::default() };
    let (address, _) = listening_behind(&gateway, limits, &[]).await;
    let open = [served(address).await, served(address).await];
    assert!(is_shut(&mut ask(address, "").await).await, "the third of one network");
    drop(open);
    until("a place is free again", async || {
        let mut stream = ask(address, "").await;
        let asked = stream.write_all(ALIVE.as_bytes()).await;
        asked.is_ok() && !is_shut(&mut stream).await
    })
    .await;

    let (address, _) = listening_behind(&gateway, limits, &["127.0.0.0/8"]).await;
    let _open = [served(address).await, served(address).await, served(address).await];
    assert!(is_shut(&mut ask(address, "").await).await, "the fourth of all");
}

#[tokio::test]
async fn slow_strangers_of_one_network_are_in_nobody_elses_way() {
    let gateway = Gateway::with_limits(DoorLimits { strangers_each: 1, ..DoorLimits::default() }).await;
    let (address, _) = listening_behind(&gateway, DoorLimits::default(), &["127.0.0.0/8"]).await;
    let head = |from: &str| {
        format!(
            "POST /oauth/token HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {from}\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 2\r\n\r\na"
        )
    };
    let status = async |from: &str| {
        let mut stream = ask(address, &format!("{}=", head(from))).await;
        let mut text = String::new();
        read_until(&mut stream, &mut text, "\r\n").await;
        text.split(' ').nth(1).unwrap().to_owned()
    };
    let slow = ask(address, &head("2001:db8:1:1::1")).await;
    until("the slow one has its place", async || status("2001:db8:1:1::2").await == "429").await;
    assert_eq!(status("2001:db8:1:2::1").await, "400", "the form is wrong, and was read");
    drop(slow);
    until("the place is free again", async || status("2001:db8:1:1::2").await == "400").await;
}
