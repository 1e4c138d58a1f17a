//! Where log lines go: standard error, as lines for people or as JSON for machines.

use crate::config::{Config, ConfigError, LogFormat};
use crate::print;
use tracing_subscriber::EnvFilter;

/// Parts of libraries that would name what must not be named, or say too much.
const QUIET: &[&str] = &["sqlx=warn", "hyper=warn", "tantivy=warn", "h2=warn", "rustls=warn"];
/// Those whose lines hold whole requests: whatever the operator asks for, these are not written.
const SILENT: &str = "rmcp=error";

pub(crate) fn start(config: &Config) -> Result<(), ConfigError> {
    let directives = QUIET.join(",") + "," + &config.log + "," + SILENT;
    let filter = EnvFilter::builder().parse(directives).map_err(|error| {
        ConfigError::new("log", error.to_string())
            .mend("write filters such as `info` or `keyferry=debug,warn`")
    })?;
    let colours = print::shows_style(&std::io::stderr());
    let lines =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours);
    match config.log_format {
        LogFormat::Text => lines.with_target(false).init(),
        LogFormat::Json => lines.json().flatten_event(true).init(),
    }
    Ok(())
}
