//! What is measured on the release binary. The figures are printed; a busy machine must not fail anything.

use crate::run::{cargo, root, run};
use crate::size;
use crate::test::build_release;

pub(crate) fn start() -> anyhow::Result<()> {
    build_release()?;
    size::of_release_binary()?;
    example("start")
}

pub(crate) fn search() -> anyhow::Result<()> {
    build_release()?;
    example("search")
}

fn example(name: &str) -> anyhow::Result<()> {
    let mut example = cargo();
    example.args(["run", "--quiet", "--locked", "--package", "keyferry-tests", "--example", name]);
    run(example.env("KEYFERRY_TEST_BINARY", root().join("target/release/keyferry")))
}
