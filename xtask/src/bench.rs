//! What is measured on the release binary. The figures are printed; a busy machine must not fail anything.
//!
//! What is measured, and how, stands in `tests/bench/`; here is what it needs: the binary, and the other programs.

mod instructions;

use crate::programs::Programs;
use crate::run::{cargo, root, run};
use crate::size;
use crate::test::build_release;
use std::process::Command;

/// Counts instructions, or runs `tests/bench` with these arguments.
pub(crate) fn measure(arguments: &[String]) -> anyhow::Result<()> {
    if let [what, more @ ..] = arguments
        && what == "instructions"
    {
        let asked = |option: &str| more.iter().any(|argument| argument == option);
        return if asked("--check") {
            instructions::are_as_committed()
        } else {
            instructions::measure(asked("--write"))
        };
    }
    build_release()?;
    if arguments == ["search"] {
        return run(&mut example("search"));
    }
    size::of_release_binary()?;
    let mut bench = example("bench");
    run(Programs::for_benchmarks()?.beside(bench.arg("--").args(arguments))?)
}

fn example(name: &str) -> Command {
    let mut example = cargo();
    example.args(["run", "--quiet", "--locked", "--package", "keyferry-tests", "--example", name]);
    example.env("KEYFERRY_TEST_BINARY", root().join("target/release/keyferry"));
    example
}
