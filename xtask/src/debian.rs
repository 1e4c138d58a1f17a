//! Debian's packages taken apart into a folder of ours: nothing is installed, and nobody has to be root.

use crate::run::run;
use anyhow::{Context, bail};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Unpacks these packages, and those that they need and that this system lacks. Does nothing when that was done before.
pub(crate) fn unpack(packages: &[&str], into: &Path) -> anyhow::Result<()> {
    let done = into.join("unpacked");
    let mut there: BTreeSet<String> = std::fs::read_to_string(&done)
        .map(|list| list.lines().map(str::to_owned).collect())
        .unwrap_or_default();
    if packages.iter().all(|package| there.contains(*package)) {
        return Ok(());
    }
    let downloads = into.join("packages");
    std::fs::create_dir_all(&downloads)?;
    run(Command::new("apt-get").arg("download").args(lacking(packages)?).current_dir(&downloads))?;
    for package in std::fs::read_dir(&downloads)? {
        run(Command::new("dpkg-deb").arg("--extract").arg(package?.path()).arg(into))?;
    }
    there.extend(packages.iter().map(|package| (*package).to_owned()));
    Ok(std::fs::write(done, there.into_iter().collect::<Vec<_>>().join("\n"))?)
}

/// Where the libraries of what was unpacked are.
pub(crate) fn libraries(folder: &Path) -> PathBuf {
    folder.join(format!("usr/lib/{}-linux-gnu", std::env::consts::ARCH))
}

/// The names of what apt would install for these.
fn lacking(packages: &[&str]) -> anyhow::Result<Vec<String>> {
    let mut simulated = Command::new("apt-get");
    simulated.args(["install", "--simulate", "--no-install-recommends"]).args(packages);
    let said = simulated.output().context("no apt-get here")?;
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    let names = said.lines().filter_map(|line| line.strip_prefix("Inst ")?.split(' ').next());
    let names: Vec<String> = names.map(str::to_owned).collect();
    if names.is_empty() {
        bail!("apt would install nothing for {packages:?}");
    }
    Ok(names)
}
