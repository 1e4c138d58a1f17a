//! Programs out of Debian's packages, taken apart into a folder of ours; nothing is installed, and nobody has to be root.

use crate::run::{output, run};
use anyhow::{Context, bail};
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Command;

/// Unpacks a package and all that this machine lacks for it.
pub(crate) fn unpack(package: &str, into: &Path) -> anyhow::Result<()> {
    let packages = into.join("packages");
    std::fs::create_dir_all(&packages)?;
    let missing = missing_for(package)?;
    run(Command::new("apt-get").args(["--quiet", "download"]).args(&missing).current_dir(&packages))?;
    for file in std::fs::read_dir(&packages)? {
        run(Command::new("dpkg-deb").arg("--extract").arg(file?.path()).arg(into))?;
    }
    Ok(std::fs::remove_dir_all(&packages)?)
}

/// The path to the libraries that were unpacked into this folder.
pub(crate) fn libraries(unpacked: &Path) -> OsString {
    let below =
        |lib: &str| unpacked.join(format!("{lib}/{}-linux-gnu", std::env::consts::ARCH)).into_os_string();
    [below("usr/lib"), below("lib")].join(OsStr::new(":"))
}

/// What apt would install, by name. A machine whose lists were never fetched knows no package; root may fetch them.
fn missing_for(package: &str) -> anyhow::Result<Vec<String>> {
    let simulated = simulate(package).or_else(|_| {
        run(Command::new("apt-get").args(["--quiet", "update"]))?;
        simulate(package)
    })?;
    let names: Vec<String> = simulated
        .lines()
        .filter_map(|line| line.strip_prefix("Inst ")?.split(' ').next())
        .map(str::to_owned)
        .collect();
    if names.is_empty() {
        bail!("apt says that `{package}` is installed already");
    }
    Ok(names)
}

fn simulate(package: &str) -> anyhow::Result<String> {
    let mut apt = Command::new("apt-get");
    let said = output(apt.args(["--simulate", "--no-install-recommends", "install", package]))
        .with_context(|| format!("apt can't tell what `{package}` needs"))?;
    Ok(String::from_utf8_lossy(&said).into_owned())
}
