//! What was measured, for people: printed as it comes, kept in `target/bench`, and on wish put into `docs/SPEED.md`.

mod figures;
mod picture;
mod table;

pub(crate) use figures::{Figure, Figures};
pub(crate) use picture::of as picture;
pub(crate) use table::of as table;

use clap::Args;
use std::path::Path;

const KEPT: &str = "target/bench";
const DOCS: &str = "docs/SPEED.md";
const PICTURE: &str = "docs/pictures/speed.svg";

#[derive(Debug, Args)]
pub(crate) struct Docs {
    /// Put the figures into docs/SPEED.md
    #[arg(long)]
    docs: bool,
}

/// Markdown that grows.
#[derive(Debug)]
pub(crate) struct Report {
    name: &'static str,
    text: String,
}

impl Report {
    pub(crate) fn begin(name: &'static str) -> Self {
        Self { name, text: String::new() }
    }

    pub(crate) fn line(&mut self, line: &str) {
        println!("{line}");
        self.text.push_str(line);
        self.text.push('\n');
    }

    pub(crate) fn end(self, docs: &Docs) {
        keep(&format!("{}.md", self.name), &self.text);
        if docs.docs {
            let before = std::fs::read_to_string(DOCS).expect("docs/SPEED.md");
            let after =
                with_section(&before, self.name, &self.text).expect("docs/SPEED.md has such a section");
            std::fs::write(DOCS, after).expect("docs/SPEED.md is written");
        }
    }
}

/// Keeps a picture of the gateway beside others.
pub(crate) fn keep_picture(picture: &str, docs: &Docs) {
    keep("gateway.svg", picture);
    if docs.docs {
        std::fs::write(PICTURE, picture).expect("the picture is written");
    }
}

fn keep(file: &str, text: &str) {
    std::fs::create_dir_all(KEPT).expect("a folder for what was measured");
    std::fs::write(Path::new(KEPT).join(file), text).expect("what was measured is written");
}

/// The document with another text between a section's marks.
fn with_section(document: &str, name: &str, text: &str) -> Option<String> {
    let (begin, end) = (format!("<!-- bench {name} -->\n"), format!("<!-- end of bench {name} -->"));
    let (before, rest) = document.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{begin}{text}{end}{after}"))
}
