//! A PostgreSQL for the tests: one that is given, one that is installed, or Debian's unpacked.

use crate::debian;
use crate::run::root;
use anyhow::Context;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Where the tests get a PostgreSQL from.
pub(crate) enum Postgres {
    /// `KEYFERRY_TEST_POSTGRES` names a server that may create databases.
    Given,
    /// The folder of `initdb` and `postgres`; the tests start a private server from it.
    Installed(PathBuf),
    /// The same, below a folder of ours that also has the libraries.
    Unpacked { programs: PathBuf, below: PathBuf },
}

impl Postgres {
    /// Unpacks one first where there is none.
    pub(crate) fn find() -> anyhow::Result<Self> {
        if std::env::var_os("KEYFERRY_TEST_POSTGRES").is_some() {
            return Ok(Self::Given);
        }
        if let Some(programs) = installed() {
            return Ok(Self::Installed(programs));
        }
        let below = root().join("target/tools/postgres");
        let folder = below.join("usr/lib/postgresql");
        if newest_below(&folder).is_none() {
            debian::unpack(&["postgresql"], &below).context(
                "the tests need PostgreSQL and found none: install it (Debian: `apt install postgresql`), put its \
                 programs on PATH, or set KEYFERRY_TEST_POSTGRES to the URL of a server that may create databases",
            )?;
        }
        let programs = newest_below(&folder).context("Debian's PostgreSQL packages held no programs")?;
        Ok(Self::Unpacked { programs, below })
    }

    /// What tells the tests about it.
    pub(crate) fn environment(&self) -> Vec<(&'static str, OsString)> {
        match self {
            Self::Given => Vec::new(),
            Self::Installed(programs) => vec![("KEYFERRY_TEST_POSTGRES_BIN", programs.clone().into())],
            Self::Unpacked { programs, below } => vec![
                ("KEYFERRY_TEST_POSTGRES_BIN", programs.clone().into()),
                ("LD_LIBRARY_PATH", debian::libraries(below)),
            ],
        }
    }
}

/// PATH first, then Debian's usual place.
fn installed() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .find(|folder| has_programs(folder))
        .or_else(|| newest_below(Path::new("/usr/lib/postgresql")))
}

fn newest_below(folder: &Path) -> Option<PathBuf> {
    let version = |path: &Path| -> u32 {
        let name = path.file_name().and_then(|name| name.to_str());
        name.and_then(|name| name.parse().ok()).unwrap_or(0)
    };
    let mut versions: Vec<PathBuf> = std::fs::read_dir(folder).ok()?.flatten().map(|e| e.path()).collect();
    versions.sort_by_key(|path| std::cmp::Reverse(version(path)));
    versions.into_iter().map(|path| path.join("bin")).find(|bin| has_programs(bin))
}

fn has_programs(folder: &Path) -> bool {
    folder.join("initdb").is_file() && folder.join("postgres").is_file()
}
