//! The integrations that come with the binary are packed into it: their texts are five times smaller deflated.
//! A file's path, a zero, its text, a zero, and the next.

use flate2::{Compression, write::DeflateEncoder};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

fn main() -> io::Result<()> {
    let home = Path::new("../../config/integrations");
    println!("cargo::rerun-if-changed={}", home.display());
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    let mut packed =
        DeflateEncoder::new(File::create(out.join("integrations.deflate"))?, Compression::best());
    pack(home, "", &mut packed)?;
    packed.finish()?.flush()
}

fn pack(folder: &Path, prefix: &str, into: &mut impl Write) -> io::Result<()> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    paths.sort();
    for path in paths {
        let name = format!("{prefix}{}", path.file_name().unwrap_or_default().to_string_lossy());
        if path.is_dir() {
            pack(&path, &format!("{name}/"), into)?;
        } else if name.ends_with(".yaml") {
            write!(into, "{name}\0{}\0", fs::read_to_string(&path)?)?;
        }
    }
    Ok(())
}
