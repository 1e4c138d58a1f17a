//! A Chromium for the clients that send a person to a page: one that is installed, or Debian's unpacked.

use crate::debian;
use crate::run::root;
use anyhow::Context;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

pub(crate) enum Chromium {
    Installed(PathBuf),
    /// The folder that Debian's packages were unpacked into.
    Unpacked(PathBuf),
}

/// Where it is below the folder that it was unpacked into.
const PROGRAM: &str = "usr/lib/chromium/chromium";
/// Written last: what is there is whole.
const FONTS: &str = "fonts.conf";

impl Chromium {
    /// Unpacks one first where there is none.
    pub(crate) fn find() -> anyhow::Result<Self> {
        if let Some(program) = installed() {
            return Ok(Self::Installed(program));
        }
        let below = root().join("target/tools/chromium");
        if !below.join(FONTS).is_file() {
            debian::unpack(&["chromium"], &below).context(
                "the clients need a Chromium and found none: install it (Debian: `apt install chromium`) or put it on PATH",
            )?;
            name_fonts(&below)?;
        }
        Ok(Self::Unpacked(below))
    }

    /// What tells the clients about it.
    pub(crate) fn environment(&self) -> Vec<(&'static str, OsString)> {
        match self {
            Self::Installed(program) => vec![("KEYFERRY_CHROMIUM", program.clone().into())],
            Self::Unpacked(below) => vec![
                ("KEYFERRY_CHROMIUM", below.join(PROGRAM).into()),
                ("KEYFERRY_CHROMIUM_LIBRARIES", debian::libraries(below)),
                ("FONTCONFIG_FILE", below.join(FONTS).into()),
            ],
        }
    }
}

/// Without a font it renders no text, and looks for fonts where Debian would have installed them.
fn name_fonts(below: &Path) -> anyhow::Result<()> {
    let folder = |path: &str| below.join(path).display().to_string();
    let (fonts, cache) = (folder("usr/share/fonts"), folder("var/cache/fontconfig"));
    let config = format!("<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>\n");
    Ok(std::fs::write(below.join(FONTS), config)?)
}

fn installed() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    ["chromium", "chromium-browser", "google-chrome"]
        .iter()
        .flat_map(|name| std::env::split_paths(&path).map(move |folder| folder.join(name)))
        .find(|program| program.is_file())
}
