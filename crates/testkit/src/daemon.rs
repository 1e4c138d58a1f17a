//! Servers of somebody else's, in the foreground and with a configuration of their own: a load balancer, a pooler, an
//! nginx. What ends them is the end of the value.

use crate::program::Program;
use crate::wait::until;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::Command;

/// One that takes connections, on a port of loopback.
#[derive(Debug)]
pub struct Daemon {
    pub address: SocketAddr,
    program: Program,
    _folder: TempDir,
}

impl Daemon {
    /// Writes the configuration, with the words in it replaced, as `name` into a folder of its own, and starts what
    /// `command` makes of the file and the folder. `@ADDRESS@`, `@PORT@` and `@FOLDER@` are the daemon's own.
    ///
    /// # Panics
    /// When it does not come to take connections.
    pub async fn start(
        name: &str,
        configuration: &str,
        words: &[(&str, &str)],
        command: impl FnOnce(&Path, &Path) -> Command,
    ) -> Self {
        let folder = tempfile::Builder::new().prefix("keyferry-daemon-").tempdir().expect("a folder");
        let address = free_address();
        let (whole, port) = (address.to_string(), address.port().to_string());
        let at = folder.path().display().to_string();
        let own = [("@ADDRESS@", whole.as_str()), ("@PORT@", port.as_str()), ("@FOLDER@", at.as_str())];
        let put = |text: String, (word, value): &(&str, &str)| text.replace(word, value);
        let text = words.iter().chain(&own).fold(configuration.to_owned(), put);
        let file = folder.path().join(name);
        std::fs::write(&file, text).expect("a configuration");
        let program = Program::start(&mut command(&file, folder.path()));
        let daemon = Self { address, program, _folder: folder };
        until("a server takes connections", async || TcpStream::connect(address).await.ok()).await;
        daemon
    }

    /// Its number among the system's processes.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.program.id()
    }
}

/// A port of loopback that nobody listens on.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("a bound listener has an address")
}
