//! `keyferry integrations check`: what is wrong with a folder of integrations, told before a gateway starts with it.

use anyhow::bail;
use keyferry_catalog::{Catalog, Lint};
use std::path::Path;

/// Prints every fault with its file and line, and what an agent would miss.
///
/// # Errors
/// When there is a fault: a gateway that is given this folder does not start. What an agent would miss is none.
pub(crate) fn check(folder: &Path) -> anyhow::Result<()> {
    let Lint { tools, faults, advice } = Catalog::lint(folder);
    faults.iter().for_each(|fault| println!("{fault}"));
    advice.iter().for_each(|line| println!("advice: {line}"));
    match faults.len() {
        0 => println!("{}: no faults, {}", folder.display(), counted(tools, "tool")),
        faults => bail!("{}: with any of them a gateway does not start", counted(faults, "fault")),
    }
    Ok(())
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
