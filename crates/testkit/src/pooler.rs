//! PgBouncer before a database: it lends a session for one transaction at a time, and has fewer than its clients want.

use crate::daemon::Daemon;
use std::os::unix::fs::MetadataExt;
use tokio::process::Command;

const CONFIGURATION: &str = "\
[databases]
* = host=@HOST@ port=@SERVER_PORT@ user=@USER@ password=@PASSWORD@

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = @PORT@
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 4
max_client_conn = 200
ignore_startup_parameters = extra_float_digits
";

#[derive(Debug)]
pub struct Pooler(Daemon);

impl Pooler {
    /// Before the server of a database that the URL names with user, password, address and port.
    ///
    /// # Panics
    /// When PgBouncer is not there, or the URL is another.
    pub async fn before(url: &str) -> Self {
        let (user, password, host, port) = parts(url).expect("postgres://USER:PASSWORD@HOST:PORT/NAME");
        let words = [("@USER@", user), ("@PASSWORD@", password), ("@HOST@", host), ("@SERVER_PORT@", port)];
        let daemon = Daemon::start("pgbouncer.ini", CONFIGURATION, &words, |file, _| {
            let mut command = Command::new("pgbouncer");
            // It does not run as root, and reads its file before it becomes somebody else.
            if std::fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0) {
                command.arg("--user=nobody");
            }
            command.arg("--quiet").arg(file);
            command
        });
        Self(daemon.await)
    }

    /// The database by way of it, and that this is such a pooler.
    ///
    /// # Panics
    /// When the URL is another than the one that it stands before.
    #[must_use]
    pub fn instead_of(&self, url: &str) -> String {
        let (user, _, _, _) = parts(url).expect("the URL of the database");
        let name = url.rsplit('/').next().expect("the URL names a database");
        format!("postgres://{user}@{}/{name}?pooler=transaction", self.0.address)
    }
}

fn parts(url: &str) -> Option<(&str, &str, &str, &str)> {
    let (who, place) = url.strip_prefix("postgres://")?.split_once('@')?;
    let (user, password) = who.split_once(':')?;
    let (host, port) = place.split('/').next()?.split_once(':')?;
    Some((user, password, host, port))
}
