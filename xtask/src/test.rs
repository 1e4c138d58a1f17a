//! Every test, with all that they need: the release binary once, a PostgreSQL to start privately, a load balancer.

use crate::programs::Programs;
use crate::run::{cargo, lane, root, run};
use crate::size;
use std::process::Command;

pub(crate) fn all(rest: &[String]) -> anyhow::Result<()> {
    let programs = lane("programs", Programs::for_tests)?;
    if rest.is_empty() {
        lane("OpenClaw's plugin", plugin)?;
    }
    build_release()?;
    lane("size", size::of_release_binary)?;
    lane("tests", || {
        let mut test = cargo();
        test.args(["test", "--workspace", "--locked", "--no-fail-fast"]).args(rest);
        test.env("KEYFERRY_TEST_BINARY", root().join("target/release/keyferry"));
        run(programs.beside(&mut test)?)
    })
}

pub(crate) fn build_release() -> anyhow::Result<()> {
    lane("release build", || run(&mut release_build()))
}

pub(crate) fn release_build() -> Command {
    let mut build = cargo();
    build.args(["build", "--release", "--locked", "--package", "keyferry"]);
    build
}

/// Its types and unit tests, which need no OpenClaw. Nothing of Rust needs npm, so that a machine without it goes on.
fn plugin() -> anyhow::Result<()> {
    if Command::new("npm").arg("--version").output().is_err() {
        println!("npm is not here, so the plugin's own tests were not run");
        return Ok(());
    }
    let folder = root().join("plugins/openclaw");
    run(Command::new("node").arg(folder.join("test/packages.mjs")))?;
    for arguments in [&["run", "check"][..], &["test"]] {
        run(Command::new("npm").arg("--prefix").arg(&folder).args(arguments))?;
    }
    Ok(())
}
