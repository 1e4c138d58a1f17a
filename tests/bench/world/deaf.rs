//! A line to Postgres on which notifications are lost, as behind a pooler that gives each transaction another connection.

use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader, BufWriter};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Postgres' message that brings a notification.
const NOTIFICATION: u8 = b'A';

pub(crate) struct Deaf {
    to: SocketAddr,
    address: SocketAddr,
    carrying: JoinHandle<()>,
}

impl Deaf {
    pub(crate) async fn to_database(url: &str) -> Self {
        let place = url.rsplit('@').next().and_then(|rest| rest.split('/').next());
        let to = place.and_then(|place| place.parse().ok()).expect("an address in the database's URL");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let carrying = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                if let Ok(far) = TcpStream::connect(to).await {
                    tokio::spawn(carry(near, far));
                }
            }
        });
        Self { to, address, carrying }
    }

    /// The database by way of this line. In the clear, so that its messages can be told apart.
    pub(crate) fn instead_of(&self, url: &str) -> String {
        let by_line = url.replace(&self.to.to_string(), &self.address.to_string());
        format!("{by_line}?sslmode=disable")
    }
}

impl Drop for Deaf {
    fn drop(&mut self) {
        self.carrying.abort();
    }
}

async fn carry(near: TcpStream, far: TcpStream) {
    for stream in [&near, &far] {
        stream.set_nodelay(true).ok();
    }
    let ((mut from_client, to_client), (from_server, mut to_server)) = (near.into_split(), far.into_split());
    let asking = async {
        tokio::io::copy(&mut from_client, &mut to_server).await.ok();
    };
    let answering = async {
        answer(BufReader::new(from_server), BufWriter::new(to_client)).await.ok();
    };
    tokio::select! {
        () = asking => {}
        () = answering => {}
    }
}

/// Each message is a letter, a length that counts itself, and the rest.
async fn answer(
    mut from: BufReader<impl AsyncReadExt + Unpin>,
    mut to: BufWriter<impl AsyncWriteExt + Unpin>,
) -> std::io::Result<()> {
    let mut rest = Vec::new();
    loop {
        let letter = from.read_u8().await?;
        let length = from.read_u32().await?;
        rest.resize(length.saturating_sub(4) as usize, 0);
        from.read_exact(&mut rest).await?;
        if letter != NOTIFICATION {
            to.write_u8(letter).await?;
            to.write_u32(length).await?;
            to.write_all(&rest).await?;
        }
        if from.buffer().is_empty() {
            to.flush().await?;
        }
    }
}
