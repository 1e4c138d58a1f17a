//! The place that text is made for: how wide it is, and whether it can show bold.

use comfy_table::{Attribute, Cell, ColumnConstraint, ContentArrangement, Table, presets};
use std::io::IsTerminal;

/// Without a width (a pipe, a file) nothing is wrapped.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Screen {
    width: Option<u16>,
    styled: bool,
}

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Column {
    /// What people copy: never broken.
    Whole(&'static str),
    /// Wrapped where the table would be wider than the screen.
    Wrapped(&'static str),
}

impl Screen {
    pub(crate) fn stdout() -> Self {
        Self { width: known(Table::new().width()), styled: shows_style(&std::io::stdout()) }
    }

    pub(crate) fn stderr() -> Self {
        Self { width: known(Table::new().use_stderr().width()), styled: shows_style(&std::io::stderr()) }
    }

    /// A screen without bold, for tests.
    #[cfg(test)]
    pub(crate) fn plain(width: u16) -> Self {
        Self { width: Some(width), styled: false }
    }

    pub(crate) fn bold(self, text: &str) -> String {
        if self.styled { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
    }

    pub(crate) fn dim(self, text: &str) -> String {
        if self.styled { format!("\x1b[2m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// Text in lines that fit, each indented. A word that is too long, such as a link, stands whole.
    pub(crate) fn wrapped(self, indent: usize, text: &str) -> String {
        self.hanging(&" ".repeat(indent), text)
    }

    /// The same with something before the first line, and the others below what follows it.
    pub(crate) fn hanging(self, before: &str, text: &str) -> String {
        let indent = before.chars().count();
        let room = self.width.map_or(usize::MAX, |width| usize::from(width).saturating_sub(indent));
        let below = " ".repeat(indent);
        let lines = text.lines().flat_map(|paragraph| broken(paragraph, room));
        let lines =
            lines.enumerate().map(|(at, line)| format!("{}{line}", if at == 0 { before } else { &below }));
        lines.map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
    }

    /// A table below its titles.
    pub(crate) fn table<const N: usize>(
        self,
        head: [Column; N],
        rows: impl IntoIterator<Item = [String; N]>,
    ) -> String {
        let mut table = self.bare(0, rows);
        table.set_header(head.map(|column| Cell::new(column.title()).add_attribute(Attribute::Bold)));
        for (at, column) in head.iter().enumerate() {
            whole(&mut table, at, matches!(column, Column::Whole(_)));
        }
        table.trim_fmt()
    }

    /// Names and what they stand for, a line each and more where it is long.
    pub(crate) fn pairs(self, indent: u16, rows: impl IntoIterator<Item = (String, String)>) -> String {
        let mut table = self.bare(indent, rows.into_iter().map(|(name, value)| [name, value]));
        whole(&mut table, 0, true);
        table.trim_fmt()
    }

    fn bare<const N: usize>(self, indent: u16, rows: impl IntoIterator<Item = [String; N]>) -> Table {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        match self.width {
            Some(width) => table.set_width(width),
            None => table.force_no_tty(),
        };
        if self.styled {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        table.add_rows(rows);
        for (at, column) in table.column_iter_mut().enumerate() {
            column.set_padding((if at == 0 { indent } else { 0 }, 2));
        }
        table
    }
}

/// A paragraph in lines, each as far in as its first.
fn broken(paragraph: &str, room: usize) -> Vec<String> {
    let text = paragraph.trim_start();
    let inset = " ".repeat(paragraph.len() - text.len());
    let room = room.saturating_sub(inset.len()).max(20);
    let (mut lines, mut line) = (Vec::new(), String::new());
    for word in text.split(' ') {
        if !line.is_empty() && shown(&line) + 1 + shown(word) > room {
            lines.push(format!("{inset}{line}"));
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(format!("{inset}{line}"));
    lines
}

/// Letters that take room: what makes text bold takes none.
fn shown(text: &str) -> usize {
    let mut in_style = false;
    let takes_room = |letter: char| {
        let was_in_style = in_style;
        in_style = letter == '\x1b' || (in_style && letter != 'm');
        !in_style && !was_in_style
    };
    text.chars().map(takes_room).filter(|takes| *takes).count()
}

/// A terminal that tells no width, as under some programs, is taken for the usual one.
fn known(width: Option<u16>) -> Option<u16> {
    width.map(|width| if width < 20 { 80 } else { width })
}

impl Column {
    fn title(self) -> &'static str {
        match self {
            Self::Whole(title) | Self::Wrapped(title) => title,
        }
    }
}

fn whole(table: &mut Table, at: usize, is: bool) {
    if let Some(column) = table.column_mut(at).filter(|_| is) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
}

/// A terminal, and nobody asked for plain text (no-color.org).
pub(crate) fn shows_style(to: &impl IsTerminal) -> bool {
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    to.is_terminal() && !plain && !dumb
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_wrapped_between_words_and_a_link_stays_whole() {
        let text =
            "A person decides at http://127.0.0.1:8474/approve/cnf_0123456789abcdef0123456789abcdef and then";
        insta::assert_snapshot!(Screen::plain(40).hanging("→ ", text), @"
        → A person decides at
          http://127.0.0.1:8474/approve/cnf_0123456789abcdef0123456789abcdef
          and then
        ");
        assert_eq!(Screen::default().wrapped(2, text), format!("  {text}"));
        let told = "`listen`: is taken\n  mend: stop what listens there, or choose another";
        insta::assert_snapshot!(Screen::plain(34).wrapped(0, told), @"
        `listen`: is taken
          mend: stop what listens there,
          or choose another
        ");
    }

    #[test]
    fn what_is_copied_is_never_broken() {
        let name = "segment_list_delivery_metrics_summary_from_destination";
        let table = Screen::plain(60).table(
            [Column::Whole("tool"), Column::Wrapped("what it does")],
            [[name.to_owned(), "Counts what arrived and what did not".to_owned()]],
        );
        assert!(table.contains(name), "{table}");
        assert!(Screen::default().table([Column::Wrapped("a")], [["b ".repeat(200)]]).lines().count() == 2);
    }

    #[test]
    fn bold_text_is_wrapped_where_plain_text_is() {
        let styled = Screen { styled: true, ..Screen::plain(20) };
        let wrapped = styled.wrapped(0, &format!("{} and what follows", styled.bold("it is bold")));
        assert_eq!(wrapped, "\x1b[1mit is bold\x1b[0m and what\nfollows");
    }

    #[test]
    fn bold_is_for_screens_that_show_it() {
        let styled = Screen { width: None, styled: true };
        assert_eq!(styled.bold("a"), "\u{1b}[1ma\u{1b}[0m");
        assert!(styled.table([Column::Whole("a")], [["b".to_owned()]]).contains('\u{1b}'));
        assert!(!Screen::plain(80).table([Column::Whole("a")], [["b".to_owned()]]).contains('\u{1b}'));
    }
}
