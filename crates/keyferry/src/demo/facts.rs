//! `demo.json`: what a script needs to go on with a demo.

use crate::private_file;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Not `Debug`: it holds a token and a password.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Facts {
    /// Without a slash at its end.
    pub(crate) base_url: String,
    pub(crate) dashboard_url: String,
    pub(crate) sandbox_url: String,
    /// Of a device with rule `confirm`.
    pub(crate) device_token: String,
    pub(crate) email: String,
    pub(crate) password: String,
    /// The connection's number.
    pub(crate) connection_id: i64,
    pub(crate) credentials: Credentials,
}

/// The keys that the connection holds: made up, for the sandbox only, named as the slots are.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Credentials {
    pub(crate) public_api: String,
    pub(crate) tracking: String,
    pub(crate) profiles: String,
    pub(crate) space_id: String,
}

pub(crate) fn file(data: &Path) -> PathBuf {
    data.join("demo.json")
}

impl Facts {
    pub(crate) fn read(data: &Path) -> anyhow::Result<Option<Self>> {
        private_file::read(&file(data))
    }

    pub(crate) fn write(&self, data: &Path) -> anyhow::Result<()> {
        private_file::write(&file(data), self)
    }
}
