//! Running other programs, and telling how long each lane took.

use anyhow::{Context, bail};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

/// The root of the workspace, where it is now: a checkout may have been moved since this was compiled.
pub(crate) fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    here.parent().unwrap_or(&here).to_owned()
}

/// The cargo that runs this, so that a toolchain chosen by the caller stays chosen.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// Runs a command to its end; a failing one is an error that quotes it.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("can't run {command:?}"))?;
    if !status.success() {
        bail!("{command:?} ended with {status}");
    }
    Ok(())
}

/// Runs a command and gives what it printed.
pub(crate) fn output(command: &mut Command) -> anyhow::Result<Vec<u8>> {
    command.stderr(std::process::Stdio::inherit());
    let output = command.output().with_context(|| format!("can't run {command:?}"))?;
    if !output.status.success() {
        bail!("{command:?} ended with {}", output.status);
    }
    Ok(output.stdout)
}

/// One named part of a run; its time is printed when it ends.
pub(crate) fn lane<T>(name: &str, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    println!("── {name}");
    let start = Instant::now();
    let result = work();
    let verdict = if result.is_ok() { "ok" } else { "FAILED" };
    println!("── {name}: {verdict} in {:.1} s", start.elapsed().as_secs_f64());
    result.with_context(|| format!("lane `{name}`"))
}

/// Lanes of one program each, all at once, each to its end even when another fails. Each line tells whose it is.
pub(crate) fn side_by_side(lanes: Vec<(&'static str, Command)>) -> anyhow::Result<()> {
    let failed: Vec<&str> = std::thread::scope(|scope| {
        let started: Vec<_> = lanes
            .into_iter()
            .map(|(name, command)| (name, scope.spawn(move || lane(name, || run_named(name, command)))))
            .collect();
        let ended = started.into_iter().map(|(name, thread)| (name, thread.join()));
        ended.filter(|(_, done)| !matches!(done, Ok(Ok(())))).map(|(name, _)| name).collect()
    });
    if !failed.is_empty() {
        bail!("these failed: {}", failed.join(", "));
    }
    Ok(())
}

/// What a program started and left behind may hold its pipe open; what it still says is waited for this long.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Takes the command whole: what it holds of the pipe has to be gone for the pipe to end.
fn run_named(name: &'static str, mut command: Command) -> anyhow::Result<()> {
    let (said, says) = std::io::pipe()?;
    command.stdout(says.try_clone()?).stderr(says);
    let quoted = format!("{command:?}");
    let mut child = command.spawn().with_context(|| format!("can't run {quoted}"))?;
    drop(command);
    let (ends, ended) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(said).split(b'\n').map_while(Result::ok) {
            println!("{name} │ {}", String::from_utf8_lossy(&line));
        }
        // Nobody waits for it any more when what was left behind outlived the lane.
        let _ = ends.send(());
    });
    let status = child.wait()?;
    if ended.recv_timeout(LAST_WORDS).is_err() {
        println!("{name} │ (something that it started goes on and holds its output)");
    }
    if !status.success() {
        bail!("{quoted} ended with {status}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_ends_with_its_program_whatever_that_says_and_leaves_behind() {
        let shell = |script: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            command
        };
        run_named("left behind", shell("sleep 20 & printf 'no \\377 text\\nmore\\n'")).unwrap();
        assert!(run_named("failing", shell("exit 3")).is_err());
    }
}
