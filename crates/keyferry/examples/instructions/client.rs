//! A client on a line of its own that does as little as it can: the bytes of its request are written once.

use crate::gateway::Gateway;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What is called.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wanted {
    ProxyRead,
    ToolRead,
    ToolWrite,
}

impl Wanted {
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "read" => Some(Self::ProxyRead),
            "tool-read" => Some(Self::ToolRead),
            "tool-write" => Some(Self::ToolWrite),
            _ => None,
        }
    }

    fn line_and_body(self) -> (&'static str, &'static str) {
        match self {
            Self::ProxyRead => ("GET /proxy/pace/items/v1/items?limit=10", ""),
            Self::ToolRead => {
                ("POST /api/tools/pace_list_items/execute", r#"{"arguments":{"limit":10},"confirmed":true}"#)
            }
            Self::ToolWrite => (
                "POST /api/tools/pace_create_item/execute",
                r#"{"arguments":{"name":"North","enabled":true,"count":3,"tags":["a","b"]},"confirmed":true}"#,
            ),
        }
    }
}

pub(crate) struct Client {
    stream: TcpStream,
    request: Vec<u8>,
    answer: Vec<u8>,
}

impl Client {
    pub(crate) async fn connect(gateway: &Gateway, wanted: Wanted) -> Self {
        let stream = TcpStream::connect(gateway.address).await.expect("the gateway listens");
        stream.set_nodelay(true).expect("a TCP stream");
        let (line, body) = wanted.line_and_body();
        let request = format!(
            "{line} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            gateway.address,
            gateway.token,
            body.len()
        );
        Self { stream, request: request.into_bytes(), answer: Vec::with_capacity(16 * 1024) }
    }

    /// So many calls, one after the other.
    pub(crate) async fn call(&mut self, times: usize) {
        for _ in 0..times {
            self.stream.write_all(&self.request).await.expect("the gateway reads");
            self.answer.clear();
            while !self.is_whole() {
                let read = self.stream.read_buf(&mut self.answer).await.expect("the gateway answers");
                assert!(read > 0, "the gateway hung up: {}", String::from_utf8_lossy(&self.answer));
            }
            let said = String::from_utf8_lossy(&self.answer[..12]);
            let is_success = said.starts_with("HTTP/1.1 2");
            assert!(is_success, "{}", String::from_utf8_lossy(&self.answer));
        }
    }

    /// Whether the answer has come to its end: by its length, or by its last chunk.
    fn is_whole(&self) -> bool {
        let Some(head) = self.answer.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
        let text = std::str::from_utf8(&self.answer[..head]).unwrap_or_default();
        let mut lines = text.lines().filter_map(|line| line.split_once(": "));
        let length = lines.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        match length.and_then(|(_, length)| length.parse::<usize>().ok()) {
            Some(length) => self.answer.len() >= head + 4 + length,
            None => self.answer.ends_with(b"\r\n0\r\n\r\n"),
        }
    }
}
