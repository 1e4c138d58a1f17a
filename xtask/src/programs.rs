//! Programs of others that tests and benchmarks run: PostgreSQL, HAProxy and PgBouncer before and behind gateways, nginx
//! and Envoy beside them, wrk for the load. What is not on `PATH` is put into `target/tools`, from Debian's packages and
//! from PyPI; nothing is installed into the system.

use crate::debian;
use crate::postgres::Postgres;
use crate::run::root;
use crate::tools::ENVOY;
use anyhow::Context;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

/// Debian's package, and the program that is looked for.
type Packaged = (&'static str, &'static str);

const TESTS: [Packaged; 2] = [("haproxy", "haproxy"), ("pgbouncer", "pgbouncer")];
const BENCHMARKS: [Packaged; 4] =
    [("haproxy", "haproxy"), ("pgbouncer", "pgbouncer"), ("nginx-light", "nginx"), ("wrk", "wrk")];
/// Where programs look for their libraries.
const LIBRARIES: &str = "LD_LIBRARY_PATH";
/// Where Debian puts servers; not on everybody's `PATH`.
const SERVERS: &str = "/usr/sbin";

/// Where programs are, and the libraries that were unpacked with them.
#[derive(Default)]
pub(crate) struct Programs {
    folders: Vec<PathBuf>,
    libraries: Vec<PathBuf>,
    /// What tells of PostgreSQL.
    told: Vec<(&'static str, OsString)>,
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
        command.envs(self.told.iter().map(|(name, value)| (name, value)));
        if !self.libraries.is_empty() {
            command.env(LIBRARIES, std::env::join_paths(&self.libraries)?);
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
        self.libraries.extend(std::env::split_paths(&debian::libraries(&folder)));
        Ok(())
    }

    fn find_postgres(&mut self) -> anyhow::Result<()> {
        for (name, value) in Postgres::find()?.environment() {
            if name == LIBRARIES {
                self.libraries.extend(std::env::split_paths(&value));
            } else {
                self.told.push((name, value));
            }
        }
        Ok(())
    }
}

pub(crate) fn on_path(program: &str) -> bool {
    path().iter().any(|folder| folder.join(program).is_file())
}

fn path() -> Vec<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect()
}
