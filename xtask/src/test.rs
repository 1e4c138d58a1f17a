//! Every test, with all that they need: the release binary once, and a PostgreSQL to start privately.

use crate::debian;
use crate::run::{cargo, lane, root, run};
use crate::size;
use anyhow::Context;
use std::path::{Path, PathBuf};

pub(crate) fn all(rest: &[String]) -> anyhow::Result<()> {
    let mut found = None;
    lane("PostgreSQL", || {
        found = Some(Postgres::find()?);
        Ok(())
    })?;
    build_release()?;
    lane("size", size::of_release_binary)?;
    lane("tests", || {
        let mut test = cargo();
        test.args(["test", "--workspace", "--locked", "--no-fail-fast"]).args(rest);
        test.env("KEYFERRY_TEST_BINARY", root().join("target/release/keyferry"));
        if let Some(Postgres::Programs(folder)) = &found {
            test.env("KEYFERRY_TEST_POSTGRES_BIN", folder);
        }
        if let Some(libraries) = found.as_ref().and_then(Postgres::libraries) {
            test.env("LD_LIBRARY_PATH", libraries);
        }
        run(&mut test)
    })
}

pub(crate) fn build_release() -> anyhow::Result<()> {
    lane("release build", || run(cargo().args(["build", "--release", "--locked", "--package", "keyferry"])))
}

/// Where the tests get a PostgreSQL from.
pub(crate) enum Postgres {
    /// `KEYFERRY_TEST_POSTGRES` names a server that may create databases.
    Given,
    /// The folder of `initdb` and `postgres`; the tests start a private server from it.
    Programs(PathBuf),
}

impl Postgres {
    pub(crate) fn find() -> anyhow::Result<Self> {
        if std::env::var_os("KEYFERRY_TEST_POSTGRES").is_some() {
            return Ok(Self::Given);
        }
        let unpacked = root().join("target/tools/postgres");
        if let Some(folder) = installed().or_else(|| newest_below(&unpacked.join("usr/lib/postgresql"))) {
            return Ok(Self::Programs(folder));
        }
        debian::unpack(&["postgresql"], &unpacked).context(
            "the tests need PostgreSQL and found none: install it (Debian: `apt install postgresql`), put its \
             programs on PATH, or set KEYFERRY_TEST_POSTGRES to the URL of a server that may create databases",
        )?;
        let folder = newest_below(&unpacked.join("usr/lib/postgresql"));
        Ok(Self::Programs(folder.context("Debian's PostgreSQL packages held no programs")?))
    }

    /// Where unpacked programs find the libraries that were unpacked with them; nothing for installed ones.
    pub(crate) fn libraries(&self) -> Option<PathBuf> {
        let Self::Programs(folder) = self else { return None };
        let unpacked = folder.ancestors().nth(5).filter(|folder| folder.starts_with(root()))?;
        Some(debian::libraries(unpacked))
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
