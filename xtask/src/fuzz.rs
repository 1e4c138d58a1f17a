//! Fuzzing: `cargo-fuzz` over the targets in `fuzz/`. It takes minutes and a C++ compiler, so that nothing else runs it.

use crate::run::{lane, root, run};
use crate::tools::CARGO_FUZZ;
use anyhow::{Context, bail};
use std::process::Command;

/// Seconds that one input may take before it counts as a hang.
const SLOWEST: u32 = 10;

/// Runs one target, or all of them one after the other, each for so many seconds.
pub(crate) fn run_for(chosen: Option<&str>, seconds: u32) -> anyhow::Result<()> {
    let all = targets()?;
    let targets: Vec<&String> = all.iter().filter(|name| chosen.is_none_or(|one| one == *name)).collect();
    if targets.is_empty() {
        bail!("there is no such target; there are {}", all.join(", "));
    }
    let program = CARGO_FUZZ.installed()?;
    for name in targets {
        let corpus = root().join("target/fuzz/corpus").join(name);
        std::fs::create_dir_all(&corpus)?;
        let mut command = Command::new(&program);
        command.current_dir(root()).args(["run", "--fuzz-dir", "fuzz", "--target-dir", "target/fuzz"]);
        // Our rooms forbid unsafe code, so that what a sanitizer of memory finds is not in them. Coverage is an unstable
        // option of a stable compiler.
        command.args(["--sanitizer", "none"]).arg(name).arg(corpus).env("RUSTC_BOOTSTRAP", "1");
        command.arg("--").args([format!("-max_total_time={seconds}"), format!("-timeout={SLOWEST}")]);
        lane(name, || run(&mut command))?;
    }
    Ok(())
}

/// The targets' names, as their files have them.
fn targets() -> anyhow::Result<Vec<String>> {
    let folder = root().join("fuzz/targets");
    let files = std::fs::read_dir(&folder).with_context(|| format!("can't read {}", folder.display()))?;
    let name = |file: std::fs::DirEntry| Some(file.path().file_stem()?.to_str()?.to_owned());
    let mut names: Vec<String> = files.flatten().filter_map(name).collect();
    names.sort();
    Ok(names)
}
