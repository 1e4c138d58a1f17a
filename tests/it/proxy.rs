//! The proxy over raw TCP: what a client could smuggle past it, byte by byte, and what arrives.

use flate2::Compression;
use flate2::write::GzEncoder;
use keyferry_testkit::{Demo, Engine, PATIENCE};
use serde_json::{Value, json};
use std::io::Write;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const EVENT: &str =
    r#"{"batch":[{"type":"track","userId":"u-1001","event":"A","messageId":"smuggled-0001"}]}"#;

/// Sends bytes as they are, ends its side, and answers all that came back.
pub(crate) async fn raw(address: SocketAddr, bytes: &[u8]) -> String {
    let mut line = TcpStream::connect(address).await.expect("the gateway listens");
    let asking = async {
        line.write_all(bytes).await.expect("it reads");
        let mut answer = Vec::new();
        // A reset is an answer, too: what came before it counts.
        let _ = line.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    };
    tokio::time::timeout(2 * PATIENCE, asking).await.expect("an answer, and an end to it")
}

/// The status of each answer in what came back.
fn statuses(answer: &str) -> Vec<u16> {
    let lines = answer.split("HTTP/1.1 ").skip(1);
    lines.filter_map(|line| line.get(..3)?.parse().ok()).collect()
}

struct Smuggler {
    demo: Demo,
    token: String,
}

impl Smuggler {
    async fn new() -> Self {
        let demo = Demo::start(Engine::Sqlite).await;
        let token = demo.person().await.new_device("smuggler", "trusted").await;
        Self { demo, token }
    }

    async fn send(&self, request: &str, body: &[u8]) -> String {
        let request = request.replace("TOKEN", &self.token).replace('\n', "\r\n");
        raw(self.demo.settings.listen, &[request.as_bytes(), body].concat()).await
    }

    /// A request to the batch endpoint with these further header lines.
    async fn batch(&self, headers: &str, body: &[u8]) -> String {
        let head = "POST /proxy/segment/tracking/v1/batch HTTP/1.1\nHost: g\nConnection: close\n";
        self.send(&format!("{head}Authorization: Bearer TOKEN\n{headers}\n"), body).await
    }

    async fn arrived(&self) -> Vec<Value> {
        let mut arrived = self.demo.sandbox.requests(0).await;
        arrived.retain(|request| request["api"] == "tracking");
        arrived
    }
}

fn chunked(body: &str) -> Vec<u8> {
    let (first, second) = body.split_at(body.len() / 2);
    let chunk = |text: &str| format!("{:x};ext=1\r\n{text}\r\n", text.len());
    format!("{}{}0\r\nTrailer: x\r\n\r\n", chunk(first), chunk(second)).into_bytes()
}

#[tokio::test]
async fn a_body_in_chunks_arrives_whole_with_the_connections_key_in_every_spelling() {
    let smuggler = Smuggler::new().await;
    let others = smuggler.demo.keys.eu.tracking().expect("a key").to_owned();
    let body = EVENT.replacen(
        '{',
        &format!(r#"{{"write\u004bey":"{others}","writeKey":"{others}","writeKey":["{others}"],"#),
        1,
    );
    let body = body.replace(r#""type""#, &format!(r#""\u0077riteKey":"{others}","type""#));
    let answer = smuggler.batch("Transfer-Encoding: chunked\n", &chunked(&body)).await;
    assert_eq!(statuses(&answer), [200], "{answer}");
    let arrived = smuggler.arrived().await;
    assert_eq!(arrived.len(), 1);
    assert!(!json!(arrived).to_string().contains(&others), "{arrived:#?}");
    assert!(!json!(arrived).to_string().contains(&smuggler.token));
    let key = smuggler.demo.keys.us.tracking().expect("a key");
    assert_eq!(
        (&arrived[0]["body"]["writeKey"], &arrived[0]["body"]["batch"][0]["writeKey"]),
        (&json!(key), &json!(key))
    );
    assert!(arrived[0]["headers"].get("transfer-encoding").is_none(), "{arrived:#?}");
}

fn zipped(body: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body.as_bytes()).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

#[tokio::test]
async fn a_packed_body_is_looked_into_and_one_that_hides_something_is_not_passed() {
    let smuggler = Smuggler::new().await;
    let others = smuggler.demo.keys.eu.tracking().expect("a key").to_owned();
    let keyed = EVENT.replacen('{', &format!(r#"{{"write\u004bey":"{others}","writeKey":"{others}","#), 1);
    let packed = zipped(&keyed.replace(r#""type""#, &format!(r#""write_key":"{others}","type""#)));
    let head = |length: usize| format!("Content-Encoding: gzip\nContent-Length: {length}\n");
    let answer = smuggler.batch(&head(packed.len()), &packed).await;
    assert_eq!(statuses(&answer), [200], "{answer}");
    let arrived = json!(smuggler.arrived().await).to_string();
    assert!(arrived.contains("smuggled-0001") && !arrived.contains(&others), "{arrived}");

    let bomb = zipped(&format!(r#"{{"batch":[],"p":"{}"}}"#, "x".repeat(10_000_000)));
    let twice = [packed.clone(), zipped(EVENT)].concat();
    let within = zipped(&String::from_utf8_lossy(&zipped(EVENT)));
    for (hidden, status) in
        [(bomb, 413), (twice, 400), (within, 400), (packed[..packed.len() - 4].to_vec(), 400)]
    {
        let answer = smuggler.batch(&head(hidden.len()), &hidden).await;
        assert_eq!(statuses(&answer), [status], "{answer}");
    }
    assert_eq!(smuggler.arrived().await.len(), 1);
}

#[tokio::test]
async fn a_client_that_stops_half_way_is_cut_off_known_or_not() {
    let smuggler = Smuggler::new().await;
    let head =
        "POST /proxy/segment/tracking/v1/batch HTTP/1.1\nHost: g\nConnection: close\nContent-Length: 100\n";
    let known = format!("{head}Authorization: Bearer TOKEN\n\n");
    let unknown = format!("{head}\n");
    // Each waits for the gateway to give up.
    let (known, unknown) =
        tokio::join!(smuggler.send(&known, b"{\"batch\":["), smuggler.send(&unknown, b"{\"batch\":["));
    for answer in [known, unknown] {
        assert!(matches!(statuses(&answer)[..], [] | [408 | 503]), "{answer}");
    }
    assert_eq!(smuggler.arrived().await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_request_whose_length_can_be_read_in_two_ways_smuggles_nothing() {
    let smuggler = Smuggler::new().await;
    let length = EVENT.len();
    let within = format!(
        "POST /proxy/segment/tracking/v1/track HTTP/1.1\r\nHost: g\r\nAuthorization: Bearer {}\r\nContent-Length: {length}\r\n\r\n{EVENT}",
        smuggler.token
    );
    let hidden = [b"0\r\n\r\n", within.as_bytes()].concat();
    let cases: [(String, Vec<u8>); 9] = [
        (format!("Content-Length: {length}\nContent-Length: {}\n", length - 1), EVENT.into()),
        (format!("Content-Length: {length}, {}\n", length - 1), EVENT.into()),
        (format!("Content-Length: +{length}\n"), EVENT.into()),
        (format!("Content-Length: {}\nTransfer-Encoding: chunked\n", hidden.len()), hidden.clone()),
        (format!("Transfer-Encoding: chunked\nContent-Length: {}\n", hidden.len()), hidden),
        ("Transfer-Encoding: chunked, gzip\n".into(), chunked(EVENT)),
        ("Transfer-Encoding: gzip, chunked\n".into(), chunked(EVENT)),
        ("Transfer-Encoding: xchunked\n".into(), chunked(EVENT)),
        ("Transfer-Encoding: chunked\n".into(), b"zz\r\n".to_vec()),
    ];
    for (index, (headers, body)) in cases.iter().enumerate() {
        let answer = smuggler.batch(headers, body).await;
        let told = statuses(&answer);
        assert!(
            told.len() <= 1 && told.iter().all(|status| (400..500).contains(status)),
            "{index}: {answer}"
        );
    }
    assert_eq!(smuggler.arrived().await, Vec::<Value>::new());
}

#[tokio::test]
async fn no_other_path_and_no_other_host_is_reached() {
    let smuggler = Smuggler::new().await;
    let sandbox = smuggler.demo.sandbox.address();
    let before = smuggler.demo.sandbox.last().await;
    for target in [
        "/proxy/segment/tracking/v1/../v1/batch",
        "/proxy/segment/tracking/v1/%2e%2e/v1/batch",
        "/proxy/segment/tracking/../public_api/sources",
        "/proxy/segment/tracking/v1%2Fbatch",
        "/proxy/segment/tracking/v1/batch%00",
        "/proxy/segment/tracking/v1\\batch",
        "/proxy/segment/tracking/v1/batch;/x",
        "/proxy/segment/public_api/sources/%2e%2e/labels",
        "/proxy/segment/public_api/sources/a%2F..%2F..%2Flabels",
        "//proxy/segment/tracking/v1/batch",
        "http://api.segment.io/v1/batch",
        "https://127.0.0.1/__sandbox/requests",
        "SANDBOX/__sandbox/requests",
    ] {
        let target = target.replace("SANDBOX", &format!("http://{sandbox}"));
        for method in ["POST", "GET"] {
            let head = format!(
                "{method} {target} HTTP/1.1\nHost: g\nConnection: close\nAuthorization: Bearer TOKEN\n"
            );
            let answer =
                smuggler.send(&format!("{head}Content-Length: {}\n\n", EVENT.len()), EVENT.as_bytes()).await;
            let told = statuses(&answer);
            assert!(matches!(told[..], [400 | 404 | 405]), "{method} {target}: {answer}");
        }
    }
    let tunnel = format!(
        "CONNECT {sandbox} HTTP/1.1\nHost: {sandbox}\nAuthorization: Bearer TOKEN\nConnection: close\n\n"
    );
    let told = statuses(&smuggler.send(&tunnel, b"").await);
    assert!(!told.contains(&200), "{told:?}");
    assert_eq!(smuggler.demo.sandbox.requests(before).await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_slash_in_a_path_argument_stays_within_its_segment() {
    let smuggler = Smuggler::new().await;
    let head =
        "GET /proxy/segment/public_api/sources/a%2Fb%252e%3Fx=1 HTTP/1.1\nHost: g\nConnection: close\n";
    let answer = smuggler.send(&format!("{head}Authorization: Bearer TOKEN\n\n"), b"").await;
    assert_eq!(statuses(&answer), [404], "{answer}");
    let arrived = smuggler.demo.sandbox.requests(0).await;
    let last = arrived.last().expect("it was sent");
    assert_eq!((&last["path"], &last["query"]), (&json!("/sources/a%2Fb%252e%3Fx%3D1"), &json!("")));
}

#[tokio::test]
async fn one_authorization_counts_and_none_of_the_clients_goes_up() {
    let smuggler = Smuggler::new().await;
    let length = format!("Content-Length: {}\n", EVENT.len());
    for twice in
        ["Authorization: Basic eDo=\n", "Authorization: Bearer TOKEN\n", "authorization:Bearer other\n"]
    {
        let answer = smuggler.batch(&format!("{twice}{length}"), EVENT.as_bytes()).await;
        assert_eq!(statuses(&answer), [401], "{twice}: {answer}");
    }
    let folded =
        smuggler.batch(&format!("X-A: b\n Authorization: Basic eDo=\n{length}"), EVENT.as_bytes()).await;
    assert!(!statuses(&folded).contains(&200), "{folded}");
    assert_eq!(smuggler.arrived().await.len(), 0);

    let more =
        "Proxy-Authorization: Basic eDo=\nX-Authorization: Bearer x\nCookie: a=b\nForwarded: host=evil\n";
    let answer =
        smuggler.batch(&format!("{more}X-HTTP-Method-Override: DELETE\n{length}"), EVENT.as_bytes()).await;
    assert_eq!(statuses(&answer), [200], "{answer}");
    let arrived = smuggler.arrived().await;
    let headers = arrived[0]["headers"].as_object().expect("headers");
    let names: Vec<&str> = headers.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["accept", "accept-encoding", "authorization", "content-length", "content-type", "host"]
    );
}
