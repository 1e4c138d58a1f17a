//! Programs out of Debian's packages, taken apart into a folder of ours; nothing is installed, and nobody has to be root.

use crate::run::{output, run};
use anyhow::{Context, bail};
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Command;

/// Unpacks these packages, and all that this machine lacks for them. Does nothing when that was done before.
pub(crate) fn unpack(wanted: &[&str], into: &Path) -> anyhow::Result<()> {
    let done = into.join("unpacked");
    let before = std::fs::read_to_string(&done).unwrap_or_default();
    let mut there: BTreeSet<&str> = before.lines().collect();
    if wanted.iter().all(|package| there.contains(package)) {
        return Ok(());
    }
    let packages = into.join("packages");
    std::fs::create_dir_all(&packages)?;
    let missing = missing_for(wanted)?;
    run(Command::new("apt-get").args(["--quiet", "download"]).args(&missing).current_dir(&packages))?;
    for file in std::fs::read_dir(&packages)? {
        run(Command::new("dpkg-deb").arg("--extract").arg(file?.path()).arg(into))?;
    }
    std::fs::remove_dir_all(&packages)?;
    there.extend(wanted);
    Ok(std::fs::write(done, there.into_iter().collect::<Vec<_>>().join("\n"))?)
}

/// The path to the libraries that were unpacked into this folder.
pub(crate) fn libraries(unpacked: &Path) -> OsString {
    let below =
        |lib: &str| unpacked.join(format!("{lib}/{}-linux-gnu", std::env::consts::ARCH)).into_os_string();
    [below("usr/lib"), below("lib")].join(OsStr::new(":"))
}

/// What apt would install, by name. A machine whose lists were never fetched knows no package; root may fetch them.
fn missing_for(wanted: &[&str]) -> anyhow::Result<Vec<String>> {
    let simulated = simulate(wanted).or_else(|_| {
        run(Command::new("apt-get").args(["--quiet", "update"]))?;
        simulate(wanted)
    })?;
    let names: Vec<String> = simulated
        .lines()
        .filter_map(|line| line.strip_prefix("Inst ")?.split(' ').next())
        .map(str::to_owned)
        .collect();
    if names.is_empty() {
        bail!("apt says that {wanted:?} are installed already");
    }
    Ok(names)
}

fn simulate(wanted: &[&str]) -> anyhow::Result<String> {
    let mut apt = Command::new("apt-get");
    let said = output(apt.args(["--simulate", "--no-install-recommends", "install"]).args(wanted))
        .with_context(|| format!("apt can't tell what {wanted:?} need"))?;
    Ok(String::from_utf8_lossy(&said).into_owned())
}
