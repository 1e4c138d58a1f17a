//! Tools that the checks need, built once into `target/tools`.

use crate::run::{cargo, root, run};
use std::path::PathBuf;

/// A tool from the registry at a fixed version.
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
}

pub(crate) const DENY: Tool = Tool { name: "cargo-deny", version: "0.20.2" };
pub(crate) const MACHETE: Tool = Tool { name: "cargo-machete", version: "0.9.2" };

impl Tool {
    /// Where the tool is; it is built first when it is not there. Unoptimized: building it is what takes time.
    pub(crate) fn installed(&self) -> anyhow::Result<PathBuf> {
        let folder = root().join("target/tools").join(format!("{}-{}", self.name, self.version));
        let binary = folder.join("bin").join(self.name);
        if !binary.is_file() {
            let mut install = cargo();
            install.args(["install", "--quiet", "--locked", "--debug", self.name, "--version", self.version]);
            install.arg("--root").arg(&folder);
            install.env("CARGO_TARGET_DIR", root().join("target/tools/build"));
            run(&mut install)?;
        }
        Ok(binary)
    }
}
