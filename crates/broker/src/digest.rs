//! The digest: what exactly will be done, as 32 bytes.
//!
//! A confirmation counts for one digest. So everything that makes two calls different stands in it, in one spelling
//! (RFC 8785), under a key of the team, so that a digest says nothing to who can't make it.

use keyferry_catalog::{Arguments, Tool};
use keyferry_core::{DeviceId, Failure, TeamId};
use keyferry_store::connections::Connection;
use keyferry_vault::DataKey;
use serde::Serialize;
use serde_json::Value;
use std::io::{self, Write as _};
use url::Url;

/// What the gateway makes itself (message ids, send time) is outside: it is made once per call.
///
/// # Errors
/// `internal` when the arguments have no canonical form; the door lets none of those in.
pub(crate) fn digest(
    key: &DataKey,
    (team, device): (&TeamId, &DeviceId),
    (tool, arguments): (&Tool, &Arguments),
    (connection, credential_version, server): (&Connection, i64, &Url),
) -> Result<[u8; 32], Failure> {
    let operation = hex::encode(tool.hash);
    let texts = [
        ("device", device.as_str()),
        ("operation", &operation),
        ("region", connection.region.as_str()),
        ("server", server.as_str()),
        ("team", team.as_str()),
        ("tool", &tool.name),
    ];
    let doing = doing(&arguments.to_value(), connection.number, credential_version, texts);
    Ok(key.mac(&[&doing.map_err(Failure::internal)?]))
}

/// What is done, as RFC 8785 writes an object: its names in their order. Only the arguments have to be sorted.
fn doing(
    arguments: &Value,
    connection: i64,
    credential_version: i64,
    texts: [(&str, &str); 6],
) -> io::Result<Vec<u8>> {
    let mut doing = Vec::with_capacity(512);
    doing.extend_from_slice(b"{\"arguments\":");
    serde_json_canonicalizer::to_writer(arguments, &mut doing)?;
    write!(doing, ",\"connection\":{connection},\"credentialVersion\":{credential_version}")?;
    for (name, text) in texts {
        write!(doing, ",\"{name}\":")?;
        serde_json::to_writer(&mut doing, text)?;
    }
    doing.push(b'}');
    Ok(doing)
}

/// RFC 8785.
pub(crate) fn canonical(value: &impl Serialize) -> Result<Vec<u8>, Failure> {
    serde_json_canonicalizer::to_vec(value).map_err(Failure::internal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_done_is_written_as_its_canonical_form_is() {
        let arguments = json!({"b": [1, 2.50, "é\u{8}\n\u{1f}\"\\"], "a": {"z": null, "\u{20ac}": true}});
        let texts = [
            ("device", "dev_1"),
            ("operation", "00ff"),
            ("region", "us"),
            ("server", "https://api.example/\"\u{7f}é"),
            ("team", "team_1"),
            ("tool", "a_tool"),
        ];
        let mut whole = json!({"arguments": arguments, "connection": 3, "credentialVersion": 12});
        for (name, text) in texts {
            whole[name] = text.into();
        }
        assert_eq!(doing(&arguments, 3, 12, texts).unwrap(), canonical(&whole).unwrap());
    }
}
