//! An upstream that writes down what it receives and answers as it is told, cuts and silence included.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use url::Url;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect("the body is JSON")
    }

    /// Everything that arrived, as one text to search in.
    pub(crate) fn whole(&self) -> String {
        format!("{} {} {:?} {}", self.method, self.target, self.headers, self.body)
    }
}

/// What the upstream does with one request.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    Status(u16, Vec<(&'static str, String)>, String),
    /// Closes the connection after it has read the request.
    Cut,
    /// Answers a head that announces more than follows, then closes.
    CutBody(u16),
    /// Never answers.
    Silence,
}

impl Reply {
    pub(crate) fn json(status: u16, body: serde_json::Value) -> Self {
        Self::Status(status, vec![("content-type", "application/json".into())], body.to_string())
    }

    pub(crate) fn with(self, name: &'static str, value: impl Into<String>) -> Self {
        match self {
            Self::Status(status, mut headers, body) => {
                headers.push((name, value.into()));
                Self::Status(status, headers, body)
            }
            other => other,
        }
    }
}

#[derive(Default)]
struct State {
    requests: Vec<Request>,
    replies: VecDeque<Reply>,
    /// Nobody is let in any more once this many requests have come.
    last: Option<usize>,
}

/// Answers 200 `{}` unless told otherwise.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) port: u16,
    state: Arc<Mutex<State>>,
    closing: Arc<Notify>,
    closed: Arc<Notify>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let server = Self { port, state: Arc::default(), closing: Arc::default(), closed: Arc::default() };
        tokio::spawn(server.clone().accept(listener));
        server
    }

    /// The address of one API.
    pub(crate) fn url(&self, base: &str) -> Url {
        format!("http://127.0.0.1:{}{base}", self.port).parse().expect("a URL")
    }

    /// The answers to the next requests, in their order.
    pub(crate) fn answer(&self, replies: impl IntoIterator<Item = Reply>) {
        self.state.lock().expect("not poisoned").replies.extend(replies);
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.state.lock().expect("not poisoned").requests.clone()
    }

    /// From now on nobody listens.
    pub(crate) async fn stop(&self) {
        self.closing.notify_one();
        self.closed.notified().await;
    }

    /// Nobody listens once the next request has been read.
    pub(crate) fn stop_after_next(&self) {
        let mut state = self.state.lock().expect("not poisoned");
        state.last = Some(state.requests.len() + 1);
    }

    async fn accept(self, listener: TcpListener) {
        loop {
            tokio::select! {
                Ok((stream, _)) = listener.accept() => drop(tokio::spawn(self.clone().serve(stream))),
                () = self.closing.notified() => break,
            }
        }
        drop(listener);
        self.closed.notify_one();
    }

    async fn serve(self, stream: TcpStream) {
        let mut stream = BufReader::new(stream);
        while let Some(request) = read(&mut stream).await {
            let (reply, last) = {
                let mut state = self.state.lock().expect("not poisoned");
                state.requests.push(request);
                let reply = state.replies.pop_front();
                (
                    reply.unwrap_or_else(|| Reply::json(200, serde_json::json!({}))),
                    state.last == Some(state.requests.len()),
                )
            };
            if last {
                self.stop().await;
            }
            if !send(stream.get_mut(), reply).await {
                return;
            }
        }
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Request> {
    let line = line(stream).await?;
    let mut words = line.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    while let Some(header) = self::line(stream).await.filter(|header| !header.is_empty()) {
        let (name, value) = header.split_once(':')?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let mut body = vec![0; length.map_or(0, |(_, length)| length.parse().expect("a length"))];
    stream.read_exact(&mut body).await.ok()?;
    Some(Request { method, target, headers, body: String::from_utf8(body).expect("text") })
}

async fn line(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    let read = stream.read_line(&mut line).await.ok()?;
    (read > 0).then(|| line.trim_end().to_owned())
}

/// Whether the connection stays.
async fn send(stream: &mut TcpStream, reply: Reply) -> bool {
    let text = match reply {
        Reply::Status(status, headers, body) => {
            let headers: String =
                headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
            format!("HTTP/1.1 {status} Told\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
        }
        Reply::CutBody(status) => {
            let head = format!("HTTP/1.1 {status} Told\r\ncontent-length: 1000\r\n\r\n{{\"half\":");
            let _ = stream.write_all(head.as_bytes()).await;
            return false;
        }
        Reply::Cut => return false,
        Reply::Silence => std::future::pending().await,
    };
    stream.write_all(text.as_bytes()).await.is_ok()
}

/// A port of loopback on which nobody listens.
pub(crate) async fn closed_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    listener.local_addr().expect("an address").port()
}
