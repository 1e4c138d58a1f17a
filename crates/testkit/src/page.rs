//! A page as a browser without scripts sees it: its words, its links, its forms.

/// One page.
#[derive(Debug, Clone)]
pub struct Page {
    pub status: u16,
    /// Path and query.
    pub path: String,
    pub html: String,
}

/// A form with what it holds already. Its buttons are pressed by [`Form::press`].
#[derive(Debug, Clone)]
pub struct Form {
    /// Path and query.
    pub action: String,
    pub(crate) fields: Vec<(String, String)>,
    named: Vec<String>,
    buttons: Vec<Button>,
}

#[derive(Debug, Clone)]
struct Button {
    name: Option<String>,
    value: String,
    label: String,
}

impl Page {
    /// Everything that is read, tags taken out and white space drawn together.
    #[must_use]
    pub fn words(&self) -> String {
        let mut words = String::new();
        for piece in pieces(&self.html) {
            if let Piece::Text(text) = piece {
                words.push_str(&decoded(text));
                words.push(' ');
            }
        }
        words.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// # Panics
    /// When the page does not say it.
    #[track_caller]
    pub fn must_say(&self, what: &str) -> &Self {
        let words = self.words();
        assert!(words.contains(what), "{} ({}) does not say `{what}`:\n{words}", self.path, self.status);
        self
    }

    /// Where its links lead.
    #[must_use]
    pub fn links(&self) -> Vec<String> {
        let tags = pieces(&self.html).into_iter().filter_map(|piece| match piece {
            Piece::Tag(tag) if tag.name == "a" => tag.attribute("href"),
            _ => None,
        });
        tags.collect()
    }

    #[must_use]
    pub fn forms(&self) -> Vec<Form> {
        let mut forms: Vec<Form> = Vec::new();
        let mut reader = Reader::default();
        for piece in pieces(&self.html) {
            reader.take(piece, &self.path, &mut forms);
        }
        forms
    }

    /// The form whose action ends so.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    #[track_caller]
    pub fn form(&self, action_ends: &str) -> Form {
        let forms = self.forms();
        let found = forms
            .iter()
            .find(|form| form.action.split('?').next().is_some_and(|path| path.ends_with(action_ends)));
        let there: Vec<&String> = forms.iter().map(|form| &form.action).collect();
        found.cloned().unwrap_or_else(|| {
            panic!(
                "no form for `{action_ends}` on {} ({}), only {there:?}:\n{}",
                self.path,
                self.status,
                self.words()
            )
        })
    }

    /// The form with a button of this label, the button pressed.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    #[track_caller]
    pub fn press(&self, label: &str) -> Form {
        let forms = self.forms();
        let found = forms.into_iter().find(|form| form.buttons.iter().any(|button| button.label == label));
        let form = found.unwrap_or_else(|| {
            panic!("no button `{label}` on {} ({}):\n{}", self.path, self.status, self.words())
        });
        form.press(label)
    }
}

impl Form {
    /// Fills a field in.
    ///
    /// # Panics
    /// When the form has no such field: a person could not fill it in either.
    #[must_use]
    #[track_caller]
    pub fn fill(mut self, name: &str, value: &str) -> Self {
        assert!(self.named.iter().any(|named| named == name), "no field `{name}` in {self:?}");
        self.fields.retain(|(field, _)| field != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets a field whether or not the form has it: what somebody could send who goes around the page.
    #[must_use]
    pub fn forge(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(field, _)| field != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Whether a person could fill it in.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.named.iter().any(|named| named == name)
    }

    /// Presses the button of this label or value, so that its own name and value are sent too.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    #[track_caller]
    pub fn press(mut self, which: &str) -> Self {
        let found = self.buttons.iter().find(|button| button.label == which || button.value == which);
        let button = found.unwrap_or_else(|| panic!("no button `{which}` in {self:?}")).clone();
        if let Some(name) = button.name {
            self.fields.push((name, button.value));
        }
        self
    }
}

/// Gathers forms while the pieces of a page go by.
#[derive(Default)]
struct Reader {
    open: bool,
    select: Option<Select>,
    textarea: Option<String>,
    in_button: bool,
}

struct Select {
    name: String,
    chosen: Option<String>,
    first: Option<String>,
}

impl Reader {
    fn take(&mut self, piece: Piece<'_>, path: &str, forms: &mut Vec<Form>) {
        match piece {
            Piece::Text(text) => self.text(text, forms),
            Piece::Tag(tag) if tag.name == "form" => {
                let action = tag.attribute("action").filter(|action| !action.is_empty());
                let action = action.unwrap_or_else(|| path.to_owned());
                forms.push(Form { action, fields: Vec::new(), named: Vec::new(), buttons: Vec::new() });
                self.open = true;
            }
            Piece::Tag(tag) if tag.name == "/form" => self.open = false,
            Piece::Tag(tag) => {
                if let Some(form) = forms.last_mut().filter(|_| self.open) {
                    self.tag(&tag, form);
                }
            }
        }
    }

    fn text(&mut self, text: &str, forms: &mut [Form]) {
        let Some(form) = forms.last_mut() else { return };
        if let Some(name) = &self.textarea {
            form.fields.push((name.clone(), decoded(text).trim_start_matches('\n').to_owned()));
            self.textarea = None;
        } else if self.in_button
            && let Some(button) = form.buttons.last_mut()
        {
            button.label.push_str(decoded(text).trim());
        }
    }

    fn tag(&mut self, tag: &Tag<'_>, form: &mut Form) {
        let name = tag.attribute("name");
        form.named.extend(name.clone().filter(|_| tag.name != "button"));
        match (tag.name.as_str(), name) {
            ("input", Some(name)) => input(tag, name, form),
            ("textarea", Some(name)) => self.textarea = Some(name),
            ("select", Some(name)) => self.select = Some(Select { name, chosen: None, first: None }),
            ("option", _) => {
                if let Some(select) = &mut self.select {
                    let value = tag.attribute("value").unwrap_or_default();
                    if tag.has("selected") {
                        select.chosen = Some(value.clone());
                    }
                    select.first.get_or_insert(value);
                }
            }
            ("/select", _) => {
                if let Some(select) = self.select.take() {
                    form.fields.extend(select.chosen.or(select.first).map(|value| (select.name, value)));
                }
            }
            ("button", name) => {
                let value = tag.attribute("value").unwrap_or_default();
                form.buttons.push(Button { name, value, label: String::new() });
                self.in_button = true;
            }
            ("/button", _) => self.in_button = false,
            _ => {}
        }
    }
}

fn input(tag: &Tag<'_>, name: String, form: &mut Form) {
    let value = tag.attribute("value");
    match tag.attribute("type").as_deref() {
        Some("submit") => {
            let value = value.unwrap_or_default();
            form.buttons.push(Button { name: Some(name), label: value.clone(), value });
        }
        Some("checkbox" | "radio") => {
            if tag.has("checked") {
                form.fields.push((name, value.unwrap_or_else(|| "on".to_owned())));
            }
        }
        _ => form.fields.push((name, value.unwrap_or_default())),
    }
}

enum Piece<'a> {
    Text(&'a str),
    Tag(Tag<'a>),
}

struct Tag<'a> {
    /// In lower case; the end tag of `form` is `/form`.
    name: String,
    rest: &'a str,
}

impl Tag<'_> {
    fn attribute(&self, wanted: &str) -> Option<String> {
        attributes(self.rest).into_iter().find(|(name, _)| *name == wanted).map(|(_, value)| decoded(value))
    }

    fn has(&self, wanted: &str) -> bool {
        attributes(self.rest).into_iter().any(|(name, _)| name == wanted)
    }
}

/// The pages are ours and well-formed: `<` begins a tag and nothing else.
fn pieces(html: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    for part in html.split('<').skip(1) {
        let Some(end) = end_of_tag(part) else { continue };
        let (tag, text) = (&part[..end], &part[end + 1..]);
        let name: String = tag.chars().take_while(|c| !c.is_whitespace()).collect();
        let rest = &tag[name.len()..];
        pieces.push(Piece::Tag(Tag { name: name.trim_end_matches('/').to_ascii_lowercase(), rest }));
        pieces.push(Piece::Text(text));
    }
    pieces
}

/// The `>` that is not within quotes.
fn end_of_tag(part: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in part.char_indices() {
        match (quote, c) {
            (None, '>') => return Some(at),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    None
}

fn attributes(mut rest: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        let end = rest.find(|c: char| c.is_whitespace() || c == '=' || c == '/').unwrap_or(rest.len());
        if end == 0 {
            return found;
        }
        let name = &rest[..end];
        rest = rest[end..].trim_start();
        let Some(value) = rest.strip_prefix('=') else {
            found.push((name, ""));
            continue;
        };
        let value = value.trim_start();
        let (value, after) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => value[1..].split_once(quote).unwrap_or((&value[1..], "")),
            _ => value.split_at(value.find(char::is_whitespace).unwrap_or(value.len())),
        };
        found.push((name, value));
        rest = after;
    }
}

/// Character references, as far as our templates write them.
fn decoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let reference = rest.find(';').filter(|end| *end <= 10).map(|end| &rest[1..end]);
        match reference.and_then(|name| Some((character(name)?, name.len() + 2))) {
            Some((c, length)) => {
                out.push(c);
                rest = &rest[length..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out + rest
}

fn character(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(html: &str) -> Page {
        Page { status: 200, path: "/here".to_owned(), html: html.to_owned() }
    }

    #[test]
    fn a_form_is_read_as_a_browser_would_send_it() {
        let page = page(
            r#"<form method="post" action="/a/approve?x=1&amp;y=2"><input type=hidden name="csrf" value="t&#34;k">
            <select name="rule"><option value="approve">A</option><option value="confirm" selected>B</option></select>
            <input type="checkbox" name="shared" value="1"> <input type="radio" name="r" value="2" checked>
            <textarea name="note">a &lt; b</textarea><button name="do" value="yes">Approve it</button></form>
            <form><button>Deny</button></form>"#,
        );
        let form = page.form("/approve").press("Approve it");
        let fields: Vec<(&str, &str)> = form.fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let expected = [("csrf", "t\"k"), ("rule", "confirm"), ("r", "2"), ("note", "a < b"), ("do", "yes")];
        assert_eq!(fields, expected);
        assert_eq!(form.action, "/a/approve?x=1&y=2");
        assert!(form.has("shared") && !form.has("do"));
        assert_eq!(page.forms()[1].action, "/here");
    }

    #[test]
    fn words_and_links_are_read() {
        let page = page(r#"<p title="a > b">Tom &amp; <a href="/x?a=1&amp;b=2">Jerry</a></p>"#);
        assert_eq!(page.words(), "Tom & Jerry");
        assert_eq!(page.links(), ["/x?a=1&b=2"]);
    }
}
