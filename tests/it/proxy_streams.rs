//! Answers that stream: they come as the upstream sends them, and end when the device's leave does.

use keyferry_testkit::{Demo, Engine, PATIENCE, Person, until};
use std::net::{Ipv4Addr, SocketAddr};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

const USAGE: &str = "/proxy/segment/public_api/usage/api-calls/sources/daily?period=2026-11-01";
const USAGE_TOOL: &str = "segment_get_daily_per_source_api_calls_usage";
/// More than what is held back to look for the secret in.
const PIECE: usize = 8 * 1024;

/// An upstream that begins an answer, and goes on only when it is told to.
struct Dripping {
    address: SocketAddr,
    go_on: Option<oneshot::Sender<()>>,
}

impl Dripping {
    async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (go_on, told) = oneshot::channel();
        tokio::spawn(async move {
            let (mut line, _) = listener.accept().await.expect("a connection");
            let mut head = [0; 8192];
            let _ = line.read(&mut head).await.expect("a request");
            let piece = "a".repeat(PIECE);
            let begin = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/vnd.segment.v1+json\r\nset-cookie: a=b\r\n\
                 transfer-encoding: chunked\r\n\r\n{PIECE:x}\r\n{piece}\r\n"
            );
            line.write_all(begin.as_bytes()).await.expect("the gateway reads");
            if told.await.is_ok() {
                line.write_all(b"3\r\nend\r\n0\r\n\r\n").await.expect("the gateway reads");
            }
            // Held open: only the gateway ends it otherwise.
            let _ = line.read(&mut head).await;
        });
        Self { address, go_on: Some(go_on) }
    }

    /// A demo whose Public API is this upstream.
    async fn demo(&self) -> Demo {
        demo_with(self.address).await
    }
}

async fn demo_with(public_api: SocketAddr) -> Demo {
    let server = format!("http://{public_api}/us/public_api");
    let rule = format!("[{{integration=\"segment\",host=\"{public_api}\",network=\"127.0.0.0/8\"}}]");
    Demo::plan()
        .variable("KEYFERRY_INTEGRATIONS__SEGMENT__SERVERS__US__PUBLIC_API", &server)
        .variable("KEYFERRY_EGRESS__ALLOW", &rule)
        .start(Engine::Sqlite)
        .await
}

/// An upstream whose answer has no end. Tells when nobody takes it any more.
async fn endless() -> (SocketAddr, oneshot::Receiver<()>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let (cut, told) = oneshot::channel();
    tokio::spawn(async move {
        let (mut line, _) = listener.accept().await.expect("a connection");
        let _ = line.read(&mut [0; 8192]).await.expect("a request");
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n";
        line.write_all(head.as_bytes()).await.expect("the gateway reads");
        while line.write_all(&[b'a'; 65536]).await.is_ok() {}
        let _ = cut.send(());
    });
    (address, told)
}

/// Asks, and reads until the first piece is there.
async fn first_piece(demo: &Demo, token: &str) -> (TcpStream, String) {
    let mut line = TcpStream::connect(demo.settings.listen).await.expect("the gateway listens");
    let request = format!("GET {USAGE} HTTP/1.1\r\nHost: g\r\nAuthorization: Bearer {token}\r\n\r\n");
    line.write_all(request.as_bytes()).await.expect("it reads");
    let mut got = Vec::new();
    let reading = async {
        while got.iter().filter(|byte| **byte == b'a').count() < PIECE / 2 {
            let read = line.read_buf(&mut got).await.expect("an answer");
            assert_ne!(read, 0, "{}", String::from_utf8_lossy(&got));
        }
    };
    tokio::time::timeout(PATIENCE, reading).await.expect("the first piece, before the last one was sent");
    let got = String::from_utf8(got).expect("text");
    (line, got)
}

async fn rest(mut line: TcpStream) -> String {
    let mut got = Vec::new();
    let reading =
        async { while !got.ends_with(b"0\r\n\r\n") && line.read_buf(&mut got).await.unwrap_or(0) > 0 {} };
    tokio::time::timeout(2 * PATIENCE, reading).await.expect("an end");
    String::from_utf8(got).expect("text")
}

async fn device(person: &Person) -> (String, String) {
    let token = person.new_device("streamer", "read-only").await;
    let list = person.open("/dashboard/devices").await;
    // The newest stands first.
    let path = list.links().into_iter().find(|link| link.starts_with("/dashboard/devices/dev_"));
    (token, path.expect("the device is listed"))
}

#[tokio::test]
async fn an_answer_without_secret_fields_comes_before_the_upstream_has_ended_it() {
    let mut upstream = Dripping::start().await;
    let demo = upstream.demo().await;
    let (token, _) = device(&demo.person().await).await;
    let (line, first) = first_piece(&demo, &token).await;
    assert!(first.starts_with("HTTP/1.1 200") && !first.contains("set-cookie"), "{first}");
    upstream.go_on.take().map(|go_on| go_on.send(()));
    let rest = rest(line).await;
    assert!(rest.contains("end") && rest.ends_with("0\r\n\r\n"), "{rest}");
}

#[tokio::test]
async fn revoking_the_device_ends_its_stream_without_making_it_look_whole() {
    let upstream = Dripping::start().await;
    let demo = upstream.demo().await;
    let person = demo.person().await;
    let (token, path) = device(&person).await;
    let (line, _) = first_piece(&demo, &token).await;
    let page = person.open(&path).await;
    person.send(page.press("Revoke this device")).await.must_say("revoked");
    let rest = rest(line).await;
    assert!(!rest.ends_with("0\r\n\r\n"), "{rest}");
    assert!(upstream.go_on.is_some());
}

#[tokio::test]
async fn an_upstream_that_sends_nothing_more_is_cut_off_and_its_answer_does_not_look_whole() {
    let upstream = Dripping::start().await;
    let demo = upstream.demo().await;
    let (token, _) = device(&demo.person().await).await;
    let (line, _) = first_piece(&demo, &token).await;
    let rest = rest(line).await;
    assert!(!rest.ends_with("0\r\n\r\n"), "{rest}");
    until("the journal has it as failed", async || {
        let calls = demo.device_with(&token).journal().await;
        (calls[0]["tool"] == USAGE_TOOL && calls[0]["state"] == "failed").then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_client_that_takes_nothing_holds_no_upstream() {
    let (address, cut) = endless().await;
    let demo = demo_with(address).await;
    let (token, _) = device(&demo.person().await).await;
    let (line, _) = first_piece(&demo, &token).await;
    tokio::time::timeout(3 * PATIENCE, cut).await.expect("it is cut off").expect("and tells it");
    drop(line);
}
