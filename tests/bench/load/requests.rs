//! The requests of a load, written out.

use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// One request. Every way gets the same lines, so that none has less to read.
#[derive(Debug, Clone)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    /// The token of a device, or the key itself where nobody injects one.
    pub(crate) bearer: &'a str,
    /// JSON.
    pub(crate) body: Option<String>,
}

impl Request<'_> {
    fn written(&self) -> String {
        let Self { method, path, bearer, .. } = self;
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: gateway.example\r\nUser-Agent: bench/1\r\nAccept: */*\r\n\
             Authorization: Bearer {bearer}\r\n"
        );
        match &self.body {
            None => head + "\r\n",
            Some(body) => format!(
                "{head}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            ),
        }
    }
}

/// A file of requests, sent in turn and again from the first.
#[derive(Debug)]
pub(crate) struct Requests {
    folder: TempDir,
}

impl Requests {
    pub(crate) fn write<'a>(requests: impl IntoIterator<Item = Request<'a>>) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let written = Self { folder };
        let file = std::fs::File::create(written.file()).expect("a file of requests");
        let mut file = std::io::BufWriter::new(file);
        for request in requests {
            file.write_all(request.written().as_bytes()).expect("room for requests");
            file.write_all(b"\0").expect("room for requests");
        }
        file.flush().expect("room for requests");
        written
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("requests")
    }
}
