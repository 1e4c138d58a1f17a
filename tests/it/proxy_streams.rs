//! Answers that stream: they come as the upstream sends them, and end when the device's leave does.

use keyferry_testkit::{Demo, Engine, PATIENCE, Person};
use std::net::Ipv4Addr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

const USAGE: &str = "/proxy/segment/public_api/usage/api-calls/sources/daily?period=2026-11-01";
/// More than what is held back to look for the secret in.
const PIECE: usize = 8 * 1024;

/// An upstream that begins an answer, and goes on only when it is told to.
struct Dripping {
    address: std::net::SocketAddr,
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
        let (address, server) = (self.address, format!("http://{}/us/public_api", self.address));
        let rule = format!("[{{integration=\"segment\",host=\"{address}\",network=\"127.0.0.0/8\"}}]");
        Demo::plan()
            .variable("KEYFERRY_INTEGRATIONS__SEGMENT__SERVERS__US__PUBLIC_API", &server)
            .variable("KEYFERRY_EGRESS__ALLOW", &rule)
            .start(Engine::Sqlite)
            .await
    }
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
    tokio::time::timeout(PATIENCE, reading).await.expect("an end");
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
