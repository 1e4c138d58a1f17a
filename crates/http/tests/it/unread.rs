//! Clients that leave unread what they asked for.

use crate::gateway::IN_VAIN;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures::{Stream, stream};
use keyferry_http::{DoorLimits, Listening};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};

/// No more than a moment: the tests wait for what comes after it.
const READING: Duration = Duration::from_millis(50);

/// Answers without an end; each is given up some time.
#[derive(Clone, Default)]
struct Endless(Arc<Mutex<Option<DropGuard>>>);

impl Endless {
    /// A listener with these answers, and what tells that the next one was given up.
    async fn listening() -> (SocketAddr, CancellationToken) {
        let given_up = CancellationToken::new();
        let answers = Self(Arc::new(Mutex::new(Some(given_up.clone().drop_guard()))));
        let router = Router::new().route("/", get(bytes)).route("/events", get(events)).with_state(answers);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let limits = DoorLimits { reading: READING, patience: IN_VAIN * 2, ..DoorLimits::default() };
        let stop = CancellationToken::new();
        let leaving = stop.child_token();
        let listening = Listening { listener, tls: None, trusted_proxies: Arc::from([]), limits, leaving };
        tokio::spawn(keyferry_http::serve(listening, router, stop));
        (address, given_up)
    }

    fn of<T>(self, one: impl Fn() -> T + Send) -> impl Stream<Item = Result<T, Infallible>> + Send {
        let guard = self.0.lock().unwrap().take();
        stream::repeat_with(move || {
            let _held = &guard;
            Ok(one())
        })
    }
}

async fn bytes(State(answers): State<Endless>) -> Body {
    Body::from_stream(answers.of(|| vec![b'x'; 4096]))
}

async fn events(State(answers): State<Endless>) -> Response {
    Sse::new(answers.of(|| Event::default().event("call").data("x".repeat(1000)))).into_response()
}

async fn must_be_given_up(given_up: &CancellationToken) {
    tokio::time::timeout(IN_VAIN, given_up.cancelled())
        .await
        .expect("the answer is held for who does not read it");
}

#[tokio::test]
async fn who_reads_nothing_is_cut_off_from_an_answer_and_from_a_stream() {
    for path in ["/", "/events"] {
        let (address, given_up) = Endless::listening().await;
        let mut unread = TcpStream::connect(address).await.unwrap();
        unread.write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).await.unwrap();
        must_be_given_up(&given_up).await;
        drop(unread);
    }
}

/// HTTP/2's preface, a window of nothing for each stream, and `GET /` (RFC 9113; indexed fields of RFC 7541).
fn asking_with_a_shut_window() -> Vec<u8> {
    let frame = |kind: u8, flags: u8, stream: u8, payload: &[u8]| {
        let mut bytes = vec![0, 0, payload.len() as u8, kind, flags, 0, 0, 0, stream];
        bytes.extend_from_slice(payload);
        bytes
    };
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    let settings = frame(4, 0, 0, &[0, 4, 0, 0, 0, 0]);
    let headers = frame(1, 0b101, 1, &[0x82, 0x86, 0x84, 0x41, 1, b'x']);
    [preface, settings, headers].concat()
}

#[tokio::test]
async fn who_keeps_the_window_of_a_stream_shut_is_cut_off_though_the_line_is_free() {
    let (address, given_up) = Endless::listening().await;
    let mut line = TcpStream::connect(address).await.unwrap();
    line.write_all(&asking_with_a_shut_window()).await.unwrap();
    let reading = tokio::spawn(async move { tokio::io::copy(&mut line, &mut tokio::io::sink()).await });
    must_be_given_up(&given_up).await;
    reading.abort();
}
