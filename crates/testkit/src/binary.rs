//! The executable under test: the one that `KEYFERRY_TEST_BINARY` names, else the debug build, made once a process.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Where the executable is.
///
/// # Panics
/// When it is not there and can't be built.
#[must_use]
pub fn path() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| match std::env::var_os("KEYFERRY_TEST_BINARY") {
        Some(given) => {
            let given = PathBuf::from(given);
            assert!(
                given.is_file(),
                "KEYFERRY_TEST_BINARY names {}, and there is no such file",
                given.display()
            );
            given
        }
        None => build(),
    })
}

fn build() -> PathBuf {
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace's root");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built =
        Command::new(cargo).args(["build", "--quiet", "--package", "keyferry"]).current_dir(&root).status();
    assert!(built.is_ok_and(|status| status.success()), "`cargo build --package keyferry` failed");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    target.join("debug/keyferry")
}

/// The executable with nothing of this process's environment but PATH: no `KEYFERRY_` variable of the developer's gets
/// in. `home` is where it keeps its pairings, and where it stands.
#[must_use]
pub fn command(home: &Path) -> tokio::process::Command {
    let mut command = tokio::process::Command::new(path());
    plain(&mut command, home);
    command
}

/// Takes the environment away from a command, as [`command`] does.
pub fn plain(command: &mut tokio::process::Command, home: &Path) {
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("HOME", home).current_dir(home);
}
