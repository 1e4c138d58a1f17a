//! Why a database was not reached when it was opened, told apart by what mends it.

use sqlx::postgres::PgConnectOptions;
use std::io::ErrorKind;
use std::path::PathBuf;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreachable {
    #[error("the file {} can't be opened", path.display())]
    File { path: PathBuf },
    #[error("no host is called `{host}`")]
    NoSuchHost { host: String },
    #[error("nothing listens on {place}")]
    Refused { place: String },
    #[error("{place} does not answer")]
    Silent { place: String },
    #[error("{place} refuses the password of user `{user}`")]
    Password { place: String, user: String },
    #[error("{place} does not let user `{user}` in from here")]
    NotLetIn { place: String, user: String },
    #[error("there is no database `{name}` on {place}")]
    NoSuchDatabase { place: String, name: String },
    #[error("{place} and the address don't agree on TLS")]
    Tls { place: String },
    #[error("{place} is just starting or stopping")]
    NotReady { place: String },
    #[error("{place} takes no more connections")]
    Full { place: String },
    #[error("{place} can't be used")]
    Other { place: String },
}

impl Unreachable {
    pub(crate) fn of(options: &PgConnectOptions, error: &sqlx::Error) -> Self {
        let place = match options.get_socket() {
            Some(socket) => socket.display().to_string(),
            None => format!("{}:{}", options.get_host(), options.get_port()),
        };
        match error {
            sqlx::Error::Io(error) => match error.kind() {
                ErrorKind::ConnectionRefused | ErrorKind::NotFound => Self::Refused { place },
                ErrorKind::TimedOut => Self::Silent { place },
                _ => Self::Other { place },
            },
            sqlx::Error::Tls(_) => Self::Tls { place },
            sqlx::Error::Database(error) => {
                Self::by_code(options, place, error.code().unwrap_or_default().as_ref())
            }
            _ => Self::Other { place },
        }
    }

    /// By SQLSTATE, Postgres manual, appendix A.
    fn by_code(options: &PgConnectOptions, place: String, code: &str) -> Self {
        let user = || options.get_username().to_owned();
        match code {
            "28P01" => Self::Password { place, user: user() },
            "28000" => Self::NotLetIn { place, user: user() },
            "3D000" => {
                Self::NoSuchDatabase { place, name: options.get_database().map_or_else(user, str::to_owned) }
            }
            "53300" => Self::Full { place },
            "57P03" | "57P01" => Self::NotReady { place },
            _ => Self::Other { place },
        }
    }

    /// Whether it may be gone in a moment, as when gateway and server are started together.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self, Self::Refused { .. } | Self::NotReady { .. } | Self::Full { .. })
    }

    /// What mends it.
    #[must_use]
    pub fn mend(&self) -> &'static str {
        match self {
            Self::File { .. } => "make its folder, and let the user that runs keyferry write there",
            Self::NoSuchHost { .. } => "correct the host in `database`, or its name service",
            Self::Refused { .. } => "start the server there, or correct host and port in `database`",
            Self::Silent { .. } => "see that a firewall lets us through, or correct the host in `database`",
            Self::Password { .. } => "correct user and password in `database`",
            Self::NotLetIn { .. } => "make the user there, and let it in from here (`pg_hba.conf`)",
            Self::NoSuchDatabase { .. } => {
                "make it with `CREATE DATABASE`, or correct its name in `database`"
            }
            Self::Tls { .. } => "see `sslmode` and `sslrootcert` in `database`, and the server's certificate",
            Self::NotReady { .. } => "try again when it is up",
            Self::Full { .. } => "raise its `max_connections` (a gateway needs 18), or end what holds them",
            Self::Other { .. } => "see the cause",
        }
    }
}
