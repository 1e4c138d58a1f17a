//! An upstream that says the same to everyone, about 1 KB of JSON, and looks at nothing.

use std::fmt::Write as _;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Starts it; it answers for as long as the process runs.
pub(crate) async fn start() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("a bound listener has an address");
    let answer: &'static [u8] = answer().leak();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, answer));
        }
    });
    address
}

fn answer() -> Vec<u8> {
    let mut items = String::new();
    for number in 0..10 {
        let comma = if number == 0 { "" } else { "," };
        let written = write!(
            items,
            r#"{comma}{{"id":"item_{number:04}","name":"Item number {number}","enabled":true,"count":{number},"tags":["north","south"]}}"#
        );
        written.expect("writing into a String: it can't fail");
    }
    let body = format!(r#"{{"items":[{items}]}}"#);
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: 0123456789\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    (head + &body).into_bytes()
}

/// One request is read as a whole at once: they are far shorter than the buffer, and come one after the other.
async fn serve(mut stream: TcpStream, answer: &[u8]) {
    let _ = stream.set_nodelay(true);
    let mut request = [0; 8192];
    while stream.read(&mut request).await.is_ok_and(|read| read > 0) {
        if stream.write_all(answer).await.is_err() {
            return;
        }
    }
}
