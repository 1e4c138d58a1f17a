//! How large the release binary is.

use crate::run::root;
use anyhow::{Context, ensure};

/// What a newcomer downloads at most, in bytes.
const LIMIT: u64 = 40_000_000;

pub(crate) fn of_release_binary() -> anyhow::Result<()> {
    let binary = root().join("target/release/keyferry");
    let size = std::fs::metadata(&binary).with_context(|| format!("no {}", binary.display()))?.len();
    println!("{}: {:.1} MB", binary.display(), as_megabytes(size));
    ensure!(size <= LIMIT, "the release binary is larger than {:.0} MB", as_megabytes(LIMIT));
    Ok(())
}

fn as_megabytes(bytes: u64) -> f64 {
    // Exact far beyond any size of a file here.
    bytes as f64 / 1e6
}
