//! A server of which every byte is written here: it keeps what it reads and answers as it was told.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the server does once it has read a request.
#[derive(Clone)]
pub(crate) enum Act {
    Write(String),
    /// Says nothing more, and keeps the connection open.
    Stall,
    Close,
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    connections: usize,
    requests: Vec<String>,
}

impl Server {
    /// The acts are done one after the other on each connection, a `Write` after each request; what comes after them
    /// is not read.
    pub(crate) async fn start(acts: impl Into<Vec<Act>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Seen::default()));
        tokio::spawn(serve(listener, acts.into(), Arc::clone(&seen)));
        Self { address, seen }
    }

    /// Answers every request of a connection with 200 and this body.
    pub(crate) async fn answering(body: &str) -> Self {
        Self::start(vec![Act::Write(answer("200 OK", body)); 8]).await
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn connections(&self) -> usize {
        self.seen.lock().unwrap().connections
    }

    /// Head and body of each request, as they came.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.seen.lock().unwrap().requests.clone()
    }
}

pub(crate) fn answer(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

async fn serve(listener: TcpListener, acts: Vec<Act>, seen: Arc<Mutex<Seen>>) {
    while let Ok((stream, _)) = listener.accept().await {
        seen.lock().unwrap().connections += 1;
        tokio::spawn(converse(stream, acts.clone(), Arc::clone(&seen)));
    }
}

async fn converse(mut stream: TcpStream, acts: Vec<Act>, seen: Arc<Mutex<Seen>>) {
    for act in acts {
        let Some(request) = read_request(&mut stream).await else { return };
        seen.lock().unwrap().requests.push(request);
        match act {
            Act::Write(text) => stream.write_all(text.as_bytes()).await.unwrap(),
            Act::Stall => std::future::pending().await,
            Act::Close => return,
        }
    }
}

/// One request, or `None` when the other side is done.
async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut request = Vec::new();
    while !is_whole(&request) {
        if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
            return None;
        }
    }
    Some(String::from_utf8(request).unwrap())
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.map_or(0, |length| length.parse().unwrap())
}
