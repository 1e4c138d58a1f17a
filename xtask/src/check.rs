//! What is checked besides the tests: formatting, lints, dependencies, and files that are generated.

use crate::image;
use crate::run::{cargo, lane, output, root, run};
use crate::tools::{DENY, MACHETE};
use anyhow::bail;
use std::process::Command;

pub(crate) fn all() -> anyhow::Result<()> {
    lane("format", || run(cargo().args(["fmt", "--all", "--check"])))?;
    lane("lints", || {
        run(cargo().args(["clippy", "--workspace", "--all-targets", "--locked", "--", "--deny", "warnings"]))
    })?;
    lane("dependencies", dependencies)?;
    lane("openapi.json", openapi_is_current)?;
    lane("image", || {
        image::dockerfile_fits_the_tree()?;
        image::compose_fits_its_schema()
    })
}

/// Bans, licences and sources always; advisories where their database can be reached.
fn dependencies() -> anyhow::Result<()> {
    let deny = DENY.installed()?;
    let deny = |checks: &[&str]| {
        run(Command::new(&deny).current_dir(root()).args(["--log-level", "error", "check"]).args(checks))
    };
    deny(&["bans", "licenses", "sources"])?;
    let fetched = Command::new(DENY.installed()?).current_dir(root()).args(["fetch", "db"]).output()?;
    if fetched.status.success() {
        deny(&["advisories"])?;
    } else {
        println!("the advisory database is out of reach, so advisories were not checked");
    }
    run(Command::new(MACHETE.installed()?).current_dir(root()).args(["crates", "tests", "xtask"]))
}

/// Built with the whole workspace's features, so that the tests find their dependencies already built.
fn openapi() -> anyhow::Result<Vec<u8>> {
    run(cargo().args(["build", "--quiet", "--locked", "--workspace", "--example", "openapi"]))?;
    output(&mut Command::new(root().join("target/debug/examples/openapi")))
}

pub(crate) fn write_openapi() -> anyhow::Result<()> {
    Ok(std::fs::write(root().join("openapi.json"), openapi()?)?)
}

pub(crate) fn openapi_is_current() -> anyhow::Result<()> {
    if std::fs::read(root().join("openapi.json"))? != openapi()? {
        bail!("openapi.json is not what the handlers say: run `cargo xtask openapi` and commit it");
    }
    Ok(())
}
