//! The clients that exist, as their registries have them, against the release binary. They take minutes, and bring what
//! they need into `target/tools`; Node, npm and Python have to be there.

use crate::chromium::Chromium;
use crate::run::{lane, root, side_by_side};
use crate::test::release_build;
use std::process::Command;

/// Brings what they need while the binary is built, then runs them.
pub(crate) fn all() -> anyhow::Result<()> {
    let chromium = lane("Chromium", Chromium::find)?;
    let mut first = installs();
    first.push(("release build", release_build()));
    side_by_side(first)?;
    let binary = root().join("target/release/keyferry");
    let client = |folder: &str| {
        let mut run = script(folder, "run");
        run.arg(&binary).envs(chromium.environment());
        run
    };
    let mut openclaw = openclaw("run.mjs");
    openclaw.arg("--gateway").arg(&binary);
    side_by_side(vec![
        ("OpenClaw", openclaw),
        ("MCP clients", client("mcp")),
        ("Segment's libraries", client("sdks")),
    ])
}

/// Only brings what they need: it comes over the network, and may as well come while something else is compiled.
pub(crate) fn fetch() -> anyhow::Result<()> {
    lane("Chromium", Chromium::find)?;
    side_by_side(installs())
}

fn installs() -> Vec<(&'static str, Command)> {
    vec![
        ("OpenClaw's packages", openclaw("install.mjs")),
        ("MCP clients' packages", script("mcp", "install")),
        ("Segment's packages", script("sdks", "install")),
    ]
}

fn openclaw(program: &str) -> Command {
    let mut node = Command::new("node");
    node.arg(root().join("plugins/openclaw/test/e2e").join(program));
    node
}

fn script(folder: &str, name: &str) -> Command {
    Command::new(root().join("tests/clients").join(folder).join(name))
}
