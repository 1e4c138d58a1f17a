//! What was measured, for people: lines while it runs, then a table and a picture.

mod figures;
mod picture;
mod table;

pub(crate) use figures::{Figure, Figures};

use std::path::Path;

/// Prints the table, and writes both.
pub(crate) fn write(into: &Path, figures: &Figures) {
    let table = table::of(figures);
    println!("\n{table}");
    std::fs::create_dir_all(into).expect("a folder for the report");
    std::fs::write(into.join("gateway.md"), table).expect("the table is written");
    std::fs::write(into.join("gateway.svg"), picture::of(figures)).expect("the picture is written");
    println!("written to {}", into.display());
}
