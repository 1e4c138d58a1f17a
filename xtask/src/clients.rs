//! The clients that exist, as their registries have them, against the release binary. They take minutes, and bring what
//! they need into `target/tools`; Node, npm and Python have to be there.

use crate::run::{lane, root, run};
use crate::test::build_release;
use anyhow::bail;
use std::path::Path;
use std::process::Command;

/// Every lane, even when one fails.
pub(crate) fn all() -> anyhow::Result<()> {
    build_release()?;
    let binary = root().join("target/release/keyferry");
    let clients =
        |folder: &str| run(Command::new(root().join("tests/clients").join(folder).join("run")).arg(&binary));
    let lanes = [
        ("OpenClaw's plugin by itself", lane("OpenClaw's plugin by itself", plugin)),
        ("OpenClaw", lane("OpenClaw", || openclaw(&binary))),
        ("MCP clients", lane("MCP clients", || clients("mcp"))),
        ("Segment's libraries", lane("Segment's libraries", || clients("sdks"))),
    ];
    let failed: Vec<&str> = lanes.iter().filter(|(_, done)| done.is_err()).map(|(name, _)| *name).collect();
    if !failed.is_empty() {
        bail!("these failed: {}", failed.join(", "));
    }
    Ok(())
}

fn plugin() -> anyhow::Result<()> {
    for arguments in [&["ci", "--no-audit", "--no-fund"][..], &["run", "check"], &["test"]] {
        run(Command::new("npm").arg("--prefix").arg(root().join("plugins/openclaw")).args(arguments))?;
    }
    Ok(())
}

fn openclaw(binary: &Path) -> anyhow::Result<()> {
    let mut node = Command::new("node");
    run(node.arg(root().join("plugins/openclaw/test/e2e/run.mjs")).arg("--gateway").arg(binary))
}
