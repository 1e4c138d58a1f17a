//! Every test, with all that they need: the release binary once, a PostgreSQL to start privately, a load balancer.

use crate::bench;
use crate::programs::Programs;
use crate::run::{cargo, lane, root, run};
use crate::size;

pub(crate) fn all(rest: &[String]) -> anyhow::Result<()> {
    let mut programs = Programs::default();
    lane("programs", || {
        programs = Programs::for_tests()?;
        Ok(())
    })?;
    build_release()?;
    lane("size", size::of_release_binary)?;
    if rest.is_empty() {
        lane("instructions a call", bench::are_as_committed)?;
    }
    lane("tests", || {
        let mut test = cargo();
        test.args(["test", "--workspace", "--locked", "--no-fail-fast"]).args(rest);
        test.env("KEYFERRY_TEST_BINARY", root().join("target/release/keyferry"));
        run(programs.beside(&mut test)?)
    })
}

pub(crate) fn build_release() -> anyhow::Result<()> {
    lane("release build", || run(cargo().args(["build", "--release", "--locked", "--package", "keyferry"])))
}
