//! The image and its compose file, as far as they can be checked without an engine.

use crate::run::{root, run};
use crate::tools::CHECK_JSONSCHEMA;
use anyhow::{Context, ensure};

/// docker-compose.yml against the compose specification's schema; its tool comes from Python's registry, where that can
/// be reached.
pub(crate) fn compose_fits_its_schema() -> anyhow::Result<()> {
    let Some(mut tool) = CHECK_JSONSCHEMA.command() else {
        println!("no python3 with pip, or its registry is out of reach: docker-compose.yml was not checked");
        return Ok(());
    };
    run(tool.args(["--builtin-schema", "vendor.compose-spec"]).arg(root().join("docker-compose.yml")))
}

/// The Dockerfile against the tree: the toolchain's version, the profile, and everything that is copied.
pub(crate) fn dockerfile_fits_the_tree() -> anyhow::Result<()> {
    let read =
        |file: &str| std::fs::read_to_string(root().join(file)).with_context(|| format!("can't read {file}"));
    let (dockerfile, manifest) = (read("Dockerfile")?, read("Cargo.toml")?);
    let rust = manifest.lines().find_map(|line| line.strip_prefix("rust-version = "));
    let rust = rust.context("Cargo.toml names no rust-version")?.trim_matches('"');
    ensure!(
        dockerfile.contains(&format!("FROM rust:{rust}-")),
        "the Dockerfile builds with another Rust than {rust}"
    );
    let profile = after(&dockerfile, "--profile ").context("the Dockerfile names no profile")?;
    ensure!(manifest.contains(&format!("[profile.{profile}]")), "Cargo.toml has no profile `{profile}`");
    for line in dockerfile.lines().filter_map(|line| line.strip_prefix("COPY ")) {
        let mut words: Vec<&str> = line.split(' ').filter(|word| !word.starts_with("--chown=")).collect();
        words.pop();
        match words.first().and_then(|word| word.strip_prefix("--from=")) {
            None => {
                for source in words {
                    ensure!(
                        root().join(source).exists(),
                        "the Dockerfile copies {source}, which is not there"
                    );
                }
            }
            Some(stage) => {
                ensure!(
                    dockerfile.contains(&format!(" AS {stage}\n")),
                    "the Dockerfile has no stage `{stage}`"
                );
                let binary = words.iter().find_map(|word| word.strip_prefix("/source/"));
                let expected = format!("target/{profile}/keyferry");
                ensure!(
                    binary.is_none_or(|path| path == expected),
                    "the Dockerfile copies {binary:?}, not {expected}"
                );
            }
        }
    }
    Ok(())
}

fn after<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    text.split_once(mark)?.1.split_whitespace().next()
}
