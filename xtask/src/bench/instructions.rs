//! How many instructions a call takes, counted by valgrind: a figure that a busy machine does not change. It is compared
//! with the committed one, so that no commit makes calls slower unseen.
//!
//! What a call takes is the difference of two runs, one without the calls and one with them: the start falls out.

use crate::debian;
use crate::programs::on_path;
use crate::run::{cargo, root, run};
use anyhow::{Context, bail};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

/// What is called; `crates/keyferry/examples/instructions` knows these names.
const PATHS: [&str; 3] = ["read", "tool-read", "tool-write"];
/// Calls that are counted.
const CALLS: u64 = 200;
/// How much more than committed is taken, in percent. Two runs differ by less than one.
const MOST: u64 = 10;
const COMMITTED: &str = "tests/bench/instructions.txt";
const HEADING: &str = "# Instructions a call, written by `cargo xtask bench instructions --write`: over SQLite, one call at a time.\n";

type Figures = BTreeMap<String, u64>;

/// Prints the figures, and writes them where `write` says so.
pub(crate) fn measure(write: bool) -> anyhow::Result<()> {
    let (measured, committed) = (figures()?, committed()?);
    for (path, instructions) in &measured {
        let before = committed.get(path).map(|before| format!(" (committed: {before})"));
        println!("{path}: {instructions} instructions a call{}", before.unwrap_or_default());
    }
    if write {
        let lines = measured.iter().map(|(path, instructions)| format!("{path} {instructions}\n"));
        std::fs::write(root().join(COMMITTED), HEADING.to_owned() + &lines.collect::<String>())?;
    }
    Ok(())
}

/// Fails where a call takes a tenth more than was committed.
pub(crate) fn are_as_committed() -> anyhow::Result<()> {
    let committed = committed()?;
    for (path, measured) in figures()? {
        let before =
            *committed.get(&path).with_context(|| format!("{COMMITTED} has no figure for `{path}`"))?;
        println!("{path}: {measured} instructions a call, {before} committed");
        if measured * 100 > before * (100 + MOST) {
            bail!(
                "`{path}` takes {measured} instructions a call, {before} were committed: find out why, or run \
                 `cargo xtask bench instructions --write` and say in the commit what they buy"
            );
        }
    }
    Ok(())
}

fn committed() -> anyhow::Result<Figures> {
    let text = std::fs::read_to_string(root().join(COMMITTED)).unwrap_or_default();
    let lines = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(' '));
    lines.map(|(path, figure)| Ok((path.to_owned(), figure.parse().context(COMMITTED)?))).collect()
}

fn figures() -> anyhow::Result<Figures> {
    // An example of the binary's package, so that what the release build made serves here too.
    let mut build = cargo();
    build.args(["build", "--release", "--locked", "--package", "keyferry", "--example", "instructions"]);
    run(&mut build)?;
    let each = PATHS.map(|path| {
        let without = count(path, 0)?;
        Ok((path.to_owned(), count(path, CALLS)?.saturating_sub(without) / CALLS))
    });
    each.into_iter().collect()
}

/// The instructions of a whole run with so many calls.
fn count(path: &str, calls: u64) -> anyhow::Result<u64> {
    let mut counted = valgrind()?;
    counted.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    counted.arg(root().join("target/release/examples/instructions")).args([path, &calls.to_string()]);
    let output = counted.output().context("valgrind can't be run")?;
    let said = String::from_utf8_lossy(&output.stderr);
    let figure = said.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
    match figure {
        Some(figure) if output.status.success() => Ok(figure),
        _ => bail!("valgrind counted nothing:\n{said}"),
    }
}

/// Debian's, from `PATH` or unpacked.
fn valgrind() -> anyhow::Result<Command> {
    if on_path("valgrind") {
        return Ok(Command::new("valgrind"));
    }
    let folder: PathBuf = root().join("target/tools/valgrind");
    debian::unpack(&["valgrind"], &folder).context("instructions are counted by valgrind: install it")?;
    let mut command = Command::new(folder.join("usr/bin/valgrind"));
    command.env("VALGRIND_LIB", folder.join("usr/libexec/valgrind"));
    Ok(command)
}
