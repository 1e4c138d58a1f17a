//! Processes under measurement: started with a configuration of their own, read from `/proc`.

use keyferry_testkit::{Program, until};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::Command;

/// Linux counts a process' time in hundredths of a second, whatever the machine.
const TICK: Duration = Duration::from_millis(10);

/// A server of somebody else's, on a port of loopback.
pub(crate) struct Process {
    pub(crate) address: SocketAddr,
    program: Program,
    _folder: TempDir,
}

impl Process {
    /// Writes the configuration, with its `@WORDS@` replaced, into a folder of its own, and starts what `command` makes
    /// of it. `@ADDRESS@`, `@PORT@` and `@FOLDER@` are the process' own.
    pub(crate) async fn start(
        configuration: &str,
        words: &[(&str, &str)],
        command: impl FnOnce(&Path, &Path) -> Command,
    ) -> Self {
        let folder = tempfile::Builder::new().prefix("keyferry-bench-").tempdir().expect("a folder");
        let address = free_address();
        let own = [
            ("@ADDRESS@", address.to_string()),
            ("@PORT@", address.port().to_string()),
            ("@FOLDER@", folder.path().display().to_string()),
        ];
        let mut text = configuration.to_owned();
        for (word, value) in words {
            text = text.replace(word, value);
        }
        for (word, value) in own {
            text = text.replace(word, &value);
        }
        let file = folder.path().join("configuration");
        std::fs::write(&file, text).expect("a configuration");
        let program = Program::start(&mut command(&file, folder.path()));
        let process = Self { address, program, _folder: folder };
        until("a server takes connections", async || TcpStream::connect(address).await.ok()).await;
        process
    }

    pub(crate) fn id(&self) -> u32 {
        self.program.id()
    }
}

/// A port of loopback that nobody listens on.
pub(crate) fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("a bound listener has an address")
}

/// What a process and its children took of the processor since they began.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Spent(Duration);

impl Spent {
    /// By a process and its children; those that ended are counted by the parent that waited for them.
    pub(crate) fn by(process: u32) -> Self {
        Self(TICK * ticks(process))
    }

    pub(crate) fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

fn ticks(id: u32) -> u32 {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    // The name, in brackets, may hold blanks. After it the state is the first field, so utime, stime and both of the
    // children's are these.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let own: u32 = fields.skip(11).take(4).filter_map(|field| field.parse::<u32>().ok()).sum();
    own + children(id).map(ticks).sum::<u32>()
}

fn children(id: u32) -> impl Iterator<Item = u32> {
    let path = format!("/proc/{id}/task/{id}/children");
    let list = std::fs::read_to_string(path).unwrap_or_default();
    list.split_whitespace().filter_map(|child| child.parse().ok()).collect::<Vec<_>>().into_iter()
}

/// The memory that a process keeps, in MiB.
pub(crate) fn resident(id: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("the process runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("Linux tells it");
    let kib: f64 = line.trim().trim_end_matches("kB").trim().parse().expect("a number of KiB");
    kib / 1024.0
}

/// The first process of the Postgres whose folder this is.
pub(crate) fn postmaster(folder: &Path) -> u32 {
    let file = std::fs::read_to_string(folder.join("data/postmaster.pid")).expect("a running Postgres");
    file.lines().next().and_then(|line| line.trim().parse().ok()).expect("its first line is a process")
}
