//! A TCP line that can be cut, or swallow what it carries, and be mended: what lies at its other end seems gone
//! meanwhile.

use std::net::{Ipv4Addr, SocketAddr};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

#[derive(Debug)]
pub struct Line {
    to: SocketAddr,
    address: SocketAddr,
    carrying: Option<JoinHandle<()>>,
    swallowing: watch::Sender<bool>,
}

impl Line {
    /// A line to `to` from a free port.
    ///
    /// # Panics
    /// When no port can be listened on.
    pub async fn to(to: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let swallowing = watch::Sender::new(false);
        let carrying = Some(tokio::spawn(carry(listener, to, swallowing.subscribe())));
        Self { to, address, carrying, swallowing }
    }

    /// A line to the server of a database.
    ///
    /// # Panics
    /// When the URL names no address.
    pub async fn to_database(url: &str) -> Self {
        let place = url.rsplit('@').next().and_then(|rest| rest.split('/').next());
        Self::to(
            place.and_then(|place| place.parse().ok()).expect("an address and a port in the database's URL"),
        )
        .await
    }

    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address of a database, by way of this line.
    ///
    /// # Panics
    /// When the URL does not name this line's end.
    #[must_use]
    pub fn instead_of(&self, url: &str) -> String {
        let (there, here) = (self.to.to_string(), self.address.to_string());
        assert!(url.contains(&there), "{there} does not stand in the URL");
        url.replace(&there, &here)
    }

    /// Ends every connection and refuses new ones.
    pub async fn cut(&mut self) {
        if let Some(carrying) = self.carrying.take() {
            carrying.abort();
            carrying.await.ok();
        }
    }

    /// Carries nothing any more and says so to nobody: connections stay open, new ones are taken, and what goes in does
    /// not come out. A connection that was open then stays like that for good.
    pub fn swallow(&mut self) {
        self.swallowing.send_replace(true);
    }

    /// Takes connections again, where it did before, and carries them.
    ///
    /// # Panics
    /// When somebody else has taken the port.
    pub async fn mend(&mut self) {
        self.swallowing.send_if_modified(std::mem::take);
        if self.carrying.is_none() {
            let listener = TcpListener::bind(self.address).await.expect("the port is still ours");
            self.carrying = Some(tokio::spawn(carry(listener, self.to, self.swallowing.subscribe())));
        }
    }
}

/// The connections end with this task: they live in its set.
async fn carry(listener: TcpListener, to: SocketAddr, swallowing: watch::Receiver<bool>) {
    let mut open = JoinSet::new();
    while let Ok((near, _)) = listener.accept().await {
        open.spawn(carry_one(near, to, swallowing.clone()));
    }
}

async fn carry_one(mut near: TcpStream, to: SocketAddr, mut swallowing: watch::Receiver<bool>) {
    if !*swallowing.borrow_and_update() {
        let carried = async {
            if let Ok(mut far) = TcpStream::connect(to).await {
                // How it ends is told to both ends by the end itself.
                copy_bidirectional(&mut near, &mut far).await.ok();
            }
        };
        tokio::select! {
            biased;
            // Any change: the line may have been mended again before this was asked.
            Ok(()) = swallowing.changed() => {}
            () = carried => return,
        }
    }
    // Held open; nobody reads what is written into it.
    let _near = near;
    std::future::pending::<()>().await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn a_cut_line_ends_connections_and_refuses_new_ones_until_it_is_mended() {
        let echo = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut line = Line::to(echo.local_addr().unwrap()).await;
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = echo.accept().await {
                tokio::spawn(async move {
                    let (mut read, mut write) = stream.split();
                    tokio::io::copy(&mut read, &mut write).await.ok();
                });
            }
        });
        let mut open = TcpStream::connect(line.address()).await.unwrap();
        let mut byte = [0];
        open.write_all(b"x").await.unwrap();
        open.read_exact(&mut byte).await.unwrap();
        line.cut().await;
        assert!(open.read_exact(&mut byte).await.is_err());
        assert!(TcpStream::connect(line.address()).await.is_err());
        line.mend().await;
        let mut open = TcpStream::connect(line.address()).await.unwrap();
        open.write_all(b"y").await.unwrap();
        open.read_exact(&mut byte).await.unwrap();
        assert_eq!(byte, [b'y']);
    }

    #[tokio::test]
    async fn a_line_that_swallows_keeps_connections_and_carries_nothing_until_new_ones_after_its_mending() {
        let greeter = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut line = Line::to(greeter.local_addr().unwrap()).await;
        let mut near = TcpStream::connect(line.address()).await.unwrap();
        let (mut far, _) = greeter.accept().await.unwrap();
        line.swallow();
        far.write_all(b"x").await.unwrap();
        drop(far);
        line.mend().await;
        let mut again = TcpStream::connect(line.address()).await.unwrap();
        greeter.accept().await.unwrap().0.write_all(b"y").await.unwrap();
        let mut byte = [0];
        again.read_exact(&mut byte).await.unwrap();
        assert_eq!(byte, [b'y']);
        assert!(near.try_read(&mut byte).is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock));
        near.write_all(b"z").await.unwrap();
    }
}
