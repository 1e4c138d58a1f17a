//! Flag, then environment, then file, then default: each layer a table, the later laid over the earlier.

use super::{Config, ConfigError};
use std::path::{Path, PathBuf};
use toml::{Table, Value};

const DEFAULT_FILE: &str = "config/keyferry.toml";
const PREFIX: &str = "KEYFERRY_";

/// Variables with the prefix that are not keys of the gateway: the file itself, the client's, the tests'.
const NOT_KEYS: &[&str] = &["KEYFERRY_CONFIG", "KEYFERRY_URL", "KEYFERRY_TOKEN", "KEYFERRY_TEST_"];

/// What was given on the command line: key path → value.
#[derive(Debug, Default)]
pub(crate) struct Flags(Vec<(&'static str, String)>);

impl Flags {
    pub(crate) fn with(mut self, key: &'static str, value: Option<impl ToString>) -> Self {
        self.0.extend(value.map(|value| (key, value.to_string())));
        self
    }
}

struct Layer {
    table: Table,
    /// How a person finds the place where `key` was set.
    origin: Box<dyn Fn(&str) -> String>,
}

/// Reads the configuration. `file` is the one that was asked for by name; the usual one need not exist.
pub(crate) fn load(
    file: Option<&Path>,
    environment: impl Iterator<Item = (String, String)>,
    flags: Flags,
) -> Result<Config, ConfigError> {
    let layers = [from_file(file)?, from_environment(environment)?, from_flags(flags)?];
    let mut merged = Table::new();
    for layer in &layers {
        lay_over(&mut merged, layer.table.clone());
    }
    let config: Config = serde_path_to_error::deserialize(merged).map_err(|error| {
        let key = error.path().to_string();
        let origin =
            layers.iter().rev().find(|layer| holds(&layer.table, &key)).map(|layer| (layer.origin)(&key));
        let problem = error.into_inner().message().to_owned();
        let error = ConfigError::new(key, problem)
            .mend("every key and its form stands in config/keyferry.toml of the source, with its default");
        match origin {
            Some(origin) => error.origin(origin),
            None => error,
        }
    })?;
    config.check()?;
    Ok(config)
}

fn from_file(asked: Option<&Path>) -> Result<Layer, ConfigError> {
    let path = asked.map_or_else(|| PathBuf::from(DEFAULT_FILE), Path::to_owned);
    let name = path.display().to_string();
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if asked.is_none() && error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => {
            return Err(ConfigError::new("", format!("can't be read: {error}"))
                .origin(name)
                .mend("let --config (or KEYFERRY_CONFIG) name a readable TOML file"));
        }
    };
    let table = text.parse::<Table>().map_err(|error| {
        ConfigError::new("", format!("is not TOML: {}", error.to_string().trim_end()))
            .origin(name.clone())
            .mend("correct the line that is shown")
    })?;
    Ok(Layer { table, origin: Box::new(move |_| name.clone()) })
}

fn from_environment(variables: impl Iterator<Item = (String, String)>) -> Result<Layer, ConfigError> {
    let mut table = Table::new();
    for (name, value) in variables {
        let Some(path) = name.strip_prefix(PREFIX) else { continue };
        if NOT_KEYS.iter().any(|other| name.starts_with(other)) {
            continue;
        }
        let path = path.to_ascii_lowercase().replace("__", ".");
        set(&mut table, &path, &value)
            .map_err(|error| error.origin(format!("the environment variable {name}")))?;
    }
    let origin = |key: &str| {
        format!("the environment variable {PREFIX}{}", key.to_ascii_uppercase().replace('.', "__"))
    };
    Ok(Layer { table, origin: Box::new(origin) })
}

fn from_flags(flags: Flags) -> Result<Layer, ConfigError> {
    let mut table = Table::new();
    for (path, value) in flags.0 {
        set(&mut table, path, &value)?;
    }
    let origin = |key: &str| format!("the flag --{}", key.replace(['_', '.'], "-"));
    Ok(Layer { table, origin: Box::new(origin) })
}

/// Puts a text at a dotted path. Numbers, booleans and lists are read as TOML, everything else is a string.
fn set(table: &mut Table, path: &str, text: &str) -> Result<(), ConfigError> {
    let mut place = table;
    let mut parts: Vec<&str> = path.split('.').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let next = place.entry(part).or_insert_with(|| Value::Table(Table::new()));
        place = next.as_table_mut().ok_or_else(|| {
            ConfigError::new(path, format!("`{part}` is set to a value as well as to a table"))
                .mend("remove one of the two")
        })?;
    }
    place.insert(last.to_owned(), value(text));
    Ok(())
}

fn value(text: &str) -> Value {
    let read = format!("value = {text}").parse::<Table>().ok().and_then(|mut table| table.remove("value"));
    match read {
        Some(value @ (Value::Integer(_) | Value::Boolean(_) | Value::Array(_))) => value,
        _ => Value::String(text.to_owned()),
    }
}

fn lay_over(base: &mut Table, over: Table) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => lay_over(below, above),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

fn holds(table: &Table, key: &str) -> bool {
    let mut parts = key.split('.');
    let first = parts.next().unwrap_or_default();
    let first = first.split('[').next().unwrap_or_default();
    match (table.get(first), key.split_once('.')) {
        (Some(Value::Table(below)), Some((_, rest))) => holds(below, rest),
        (found, _) => found.is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use keyferry_core::{ExposeSecret, Region};

    fn environment(pairs: &[(&str, &str)]) -> impl Iterator<Item = (String, String)> {
        let owned: Vec<(String, String)> =
            pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        owned.into_iter()
    }

    fn file(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        file
    }

    #[test]
    fn a_flag_beats_the_environment_and_that_beats_the_file() {
        let file = file("listen = '127.0.0.1:1'\nmetrics_listen = '127.0.0.1:2'\nlog = 'warn'\n");
        let variables =
            environment(&[("KEYFERRY_LISTEN", "127.0.0.1:3"), ("KEYFERRY_METRICS_LISTEN", "127.0.0.1:4")]);
        let flags = Flags::default().with("listen", Some("127.0.0.1:5"));
        let config = load(Some(file.path()), variables, flags).unwrap();
        assert_eq!((config.listen.port(), config.metrics_listen.port(), config.log.as_str()), (5, 4, "warn"));
    }

    #[test]
    fn the_environment_reaches_every_level() {
        let variables = environment(&[
            ("KEYFERRY_INTEGRATIONS__SEGMENT__SERVERS__US__PUBLIC_API", "http://127.0.0.1:9000/base"),
            ("KEYFERRY_TRUSTED_PROXIES", "[\"10.0.0.0/8\"]"),
            ("KEYFERRY_JOURNAL__KEEP", "2 days"),
            ("KEYFERRY_WORKERS", "3"),
            ("KEYFERRY_DATABASE", "postgres://u:p@h/d"),
            ("KEYFERRY_TOKEN", "kfd_not_a_key"),
        ]);
        let config = load(None, variables, Flags::default()).unwrap();
        let segment = &config.integrations["segment"].servers[&Region::new("us")];
        assert_eq!(segment["public_api"].as_str(), "http://127.0.0.1:9000/base");
        assert_eq!(config.journal.keep, super::super::TimeSpan::days(2));
        assert_eq!((config.workers, config.trusted_proxies.len()), (Some(3), 1));
        assert_eq!(config.database_url().unwrap().expose_secret(), "postgres://u:p@h/d");
    }

    fn problem(text: &str, variables: &[(&str, &str)]) -> String {
        let file = file(text);
        let error = load(Some(file.path()), environment(variables), Flags::default()).unwrap_err();
        error.to_string().replace(&file.path().display().to_string(), "keyferry.toml")
    }

    #[test]
    fn a_problem_names_the_key_the_place_and_the_mend() {
        insta::assert_snapshot!(problem("listne = '127.0.0.1:1'\n", &[]), @"
        `listne` (in keyferry.toml): unknown field `listne`, expected one of `listen`, `metrics_listen`, `public_url`, `trusted_proxies`, `database`, `database_file`, `data`, `integrations_dir`, `signup`, `workers`, `shutdown_delay`, `log`, `log_format`, `keys`, `tls`, `egress`, `journal`, `compat`, `integrations`
          mend: every key and its form stands in config/keyferry.toml of the source, with its default
        ");
        insta::assert_snapshot!(problem("", &[("KEYFERRY_LISTEN", "everywhere")]), @"
        `listen` (in the environment variable KEYFERRY_LISTEN): invalid socket address syntax
          mend: every key and its form stands in config/keyferry.toml of the source, with its default
        ");
        insta::assert_snapshot!(problem("[journal]\nkeep = 'long'\n", &[]), @"
        `journal.keep` (in keyferry.toml): `long` is not a length of time; write `30 days`, `36 hours` or `5 seconds`
          mend: every key and its form stands in config/keyferry.toml of the source, with its default
        ");
        insta::assert_snapshot!(problem("listen = \n", &[]), @"
        keyferry.toml: is not TOML: TOML parse error at line 1, column 10
          |
        1 | listen = 
          |          ^
        string values must be quoted, expected literal string
          mend: correct the line that is shown
        ");
        insta::assert_snapshot!(problem("listen = '0.0.0.0:1'\n", &[]), @"
        `listen`: 0.0.0.0:1 is reachable from outside without TLS
          mend: give `tls.cert` and `tls.key`, or name the proxy in front of it in `trusted_proxies`, or listen on 127.0.0.1
        ");
        insta::assert_snapshot!(problem("public_url = 'http://example.com'\n", &[]), @"
        `public_url`: `http://example.com/` is not https
          mend: use https; plain http is for loopback only
        ");
    }
}
