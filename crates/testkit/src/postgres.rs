//! A private Postgres for tests: started when a test first asks, shared by the tests of the process, gone with it.
//!
//! `KEYFERRY_TEST_POSTGRES` may name a server to use instead: a URL with the right to create databases. Otherwise the
//! programs are looked for in `KEYFERRY_TEST_POSTGRES_BIN`, in PATH and in Debian's usual place. Without any of them the
//! test fails and says what to install; it is never skipped.

use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::{BuildHasher, Hasher};
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

const NOT_FOUND: &str = "this test needs PostgreSQL and found none: install it (Debian: `apt install postgresql`), put \
     `initdb` and `postgres` on PATH, or set KEYFERRY_TEST_POSTGRES to the URL of a server that may create databases";

/// How long a server may take to answer for the first time.
const PATIENCE: Duration = Duration::from_secs(60);

/// The URL of a server on which tests may create databases; it names the database `postgres`.
///
/// # Panics
/// When there is no Postgres, or it doesn't start; the message says what to do.
#[must_use]
pub fn server() -> String {
    static SERVER: OnceLock<Server> = OnceLock::new();
    match std::env::var("KEYFERRY_TEST_POSTGRES") {
        Ok(url) if !url.is_empty() => url,
        _ => SERVER.get_or_init(|| Server::start().unwrap_or_else(|why| panic!("{why}"))).url.clone(),
    }
}

/// A running server; dropped, it stops.
#[derive(Debug)]
pub struct Server {
    url: String,
    folder: PathBuf,
    keeper: Keeper,
}

impl Server {
    /// Starts a server of its own: for tests that stop it or fill it.
    ///
    /// # Errors
    /// A sentence that says what is missing or what did not work.
    pub fn start() -> Result<Self, String> {
        let programs = Programs::find().ok_or(NOT_FOUND)?;
        let user = Ordinary::find()?;
        let folder = tempfile::Builder::new().prefix("keyferry-postgres-").tempdir().map_err(text)?.keep();
        let started = programs.start(&user, &folder);
        if started.is_err() {
            fs::remove_dir_all(&folder).ok();
        }
        started
    }

    /// The URL of its database `postgres`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Stops it, which breaks every connection, and starts it again where it was.
    ///
    /// # Errors
    /// When it does not come back.
    pub fn restart(&mut self) -> Result<(), String> {
        let before = self.process();
        self.keeper.say("restart");
        let deadline = Instant::now() + PATIENCE;
        while self.process() == before || !Programs::is_ready(&self.folder, deadline) {
            if Instant::now() > deadline {
                return Err("PostgreSQL does not come back".to_owned());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// The number of its first process; `None` while there is none.
    #[must_use]
    pub fn process(&self) -> Option<u32> {
        let file = fs::read_to_string(self.folder.join("data/postmaster.pid")).ok()?;
        file.lines().next()?.trim().parse().ok()
    }

    /// Where it keeps its data, every byte of it.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// A shell that stops the server and removes its folder when our end of the pipe closes: whichever way this process
/// ends, nothing is left behind.
#[derive(Debug)]
struct Keeper(Child);

impl Keeper {
    /// Stops the server and leaves its folder for another try.
    fn stop_for_another_try(mut self) {
        self.say("again");
    }

    fn say(&mut self, word: &str) {
        if let Some(input) = &mut self.0.stdin {
            writeln!(input, "{word}").ok();
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        self.0.wait().ok();
    }
}

/// The folder of `initdb` and `postgres`.
struct Programs(PathBuf);

impl Programs {
    fn find() -> Option<Self> {
        let given = std::env::var_os("KEYFERRY_TEST_POSTGRES_BIN").map(PathBuf::from);
        let path = std::env::var_os("PATH").unwrap_or_default();
        let usual = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let mut usual: Vec<PathBuf> = usual.map(|version| version.path().join("bin")).collect();
        usual.sort();
        given
            .into_iter()
            .chain(std::env::split_paths(&path))
            .chain(usual.into_iter().rev())
            .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
            .map(Self)
    }

    fn start(&self, user: &Ordinary, folder: &Path) -> Result<Server, String> {
        let password = random();
        self.init(user, folder, &password)?;
        let deadline = Instant::now() + PATIENCE;
        // The port was free a moment ago; when somebody else was faster, another one will do.
        loop {
            let port = free_port()?;
            let keeper = self.keep(user, folder, port)?;
            if Self::is_ready(folder, deadline) {
                let url = format!("postgres://keyferry:{password}@127.0.0.1:{port}/postgres");
                return Ok(Server { url, folder: folder.to_owned(), keeper });
            }
            keeper.stop_for_another_try();
            if Instant::now() > deadline {
                let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
                return Err(format!("PostgreSQL in {} does not start; its log:\n{log}", self.0.display()));
            }
        }
    }

    fn init(&self, user: &Ordinary, folder: &Path, password: &str) -> Result<(), String> {
        let secret = folder.join("password");
        fs::write(&secret, password).map_err(text)?;
        fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).map_err(text)?;
        for path in [folder, &secret] {
            user.own(path)?;
        }
        let output = user
            .command(&self.0.join("initdb"))
            .args([
                "--username=keyferry",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
            ])
            .arg(format!("--pwfile={}", secret.display()))
            .arg(format!("--pgdata={}", folder.join("data").display()))
            .current_dir(folder)
            .output()
            .map_err(text)?;
        if output.status.success() {
            return Ok(());
        }
        Err(format!("initdb failed: {}", String::from_utf8_lossy(&output.stderr)))
    }

    /// Starts the server beneath its keeper.
    fn keep(&self, user: &Ordinary, folder: &Path, port: u16) -> Result<Keeper, String> {
        // A signal to the whole group, as a test runner sends, ends the wait too.
        const KEEPER: &str = r#"
            trap : HUP INT TERM
            serve() {
                "$1" -D "$2/data" -k "$2" -c listen_addresses=127.0.0.1 -c port="$3" -c max_connections=300 \
                    -c shared_buffers=32MB >>"$2/log" 2>&1 </dev/null & server=$!
            }
            end() { kill -INT "$server" 2>/dev/null; wait "$server"; }
            serve "$@"
            while read -r word; do
                end
                [ "$word" = restart ] || exit
                serve "$@"
            done
            end
            cd /
            rm -rf "$2""#;
        user.command(Path::new("/bin/sh"))
            .args(["-c", KEEPER, "keeper"])
            .args([&self.0.join("postgres"), folder])
            .arg(port.to_string())
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map(Keeper)
            .map_err(text)
    }

    /// Whether the server takes connections, as it writes into its own file; `false` as soon as the port turns out to
    /// be somebody else's.
    fn is_ready(folder: &Path, deadline: Instant) -> bool {
        while Instant::now() < deadline {
            let state = fs::read_to_string(folder.join("data/postmaster.pid")).unwrap_or_default();
            if state.lines().nth(7).is_some_and(|line| line.trim() == "ready") {
                return true;
            }
            if fs::read_to_string(folder.join("log")).is_ok_and(|log| log.contains("could not bind")) {
                return false;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }
}

/// The user that runs the server: we ourselves, or, because Postgres refuses to run as root, another one.
enum Ordinary {
    Ourselves,
    Other { uid: u32, gid: u32 },
}

impl Ordinary {
    fn find() -> Result<Self, String> {
        let ours = fs::metadata("/proc/self").map_err(text)?.uid();
        if ours != 0 {
            return Ok(Self::Ourselves);
        }
        let users = fs::read_to_string("/etc/passwd").map_err(text)?;
        ["postgres", "nobody"].into_iter().find_map(|name| entry(&users, name)).ok_or_else(|| {
            "PostgreSQL does not run as root, and there is no user `postgres` or `nobody` to run it as"
                .to_owned()
        })
    }

    fn own(&self, path: &Path) -> Result<(), String> {
        match self {
            Self::Ourselves => Ok(()),
            Self::Other { uid, gid } => chown(path, Some(*uid), Some(*gid)).map_err(text),
        }
    }

    fn command(&self, program: &Path) -> Command {
        match self {
            Self::Ourselves => Command::new(program),
            Self::Other { uid, gid } => {
                let mut command = Command::new("setpriv");
                command.arg(format!("--reuid={uid}")).arg(format!("--regid={gid}")).arg("--clear-groups");
                command.arg(program);
                command
            }
        }
    }
}

fn entry(users: &str, name: &str) -> Option<Ordinary> {
    let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut ids = line.split(':').skip(2).map(|id| id.parse().ok());
    Some(Ordinary::Other { uid: ids.next()??, gid: ids.next()?? })
}

fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(text)?;
    Ok(listener.local_addr().map_err(text)?.port())
}

/// Good enough for a server that lives as long as a test: the standard library's random hash keys.
fn random() -> String {
    let half = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", half(), half())
}

fn text(error: impl std::fmt::Display) -> String {
    format!("starting PostgreSQL for the tests: {error}")
}
