//! The tokens of a JSON text (RFC 8259), one by one, with where they stand. It is strict: what one reader of JSON
//! takes and another doesn't is no token here.

use super::NotJson;
use super::{literal, number};
use std::ops::Range;

/// Levels of lists and objects.
pub(super) const DEEPEST: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Begin(Container),
    End(Container),
    /// The name of a field.
    Name,
    Text,
    Number,
    /// `true`, `false`, `null`.
    Word,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Container {
    List,
    Object,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// Where it stands, a text's quotes included.
    pub(super) at: Range<usize>,
}

/// What may come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Awaits {
    Value,
    /// A value, or the end of the list that has just begun.
    FirstItem,
    /// A name, or the end of the object that has just begun.
    FirstName,
    CommaOrEnd,
    Nothing,
}

pub(super) struct Scanner<'t> {
    text: &'t str,
    at: usize,
    within: Vec<Container>,
    awaits: Awaits,
}

/// Whether a text is one JSON text.
pub(super) fn check(text: &str) -> Result<(), NotJson> {
    let mut scanner = Scanner::new(text);
    while scanner.next()?.is_some() {}
    Ok(())
}

/// The tokens of a text that was checked.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = Token> {
    let mut scanner = Scanner::new(text);
    std::iter::from_fn(move || scanner.next().ok().flatten())
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0, within: Vec::new(), awaits: Awaits::Value }
    }

    pub(super) fn next(&mut self) -> Result<Option<Token>, NotJson> {
        self.skip_space();
        match self.awaits {
            Awaits::Nothing if self.at == self.text.len() => Ok(None),
            Awaits::Nothing => Err(self.wrong()),
            Awaits::Value => self.value().map(Some),
            Awaits::FirstItem if self.peek() == Some(b']') => self.end().map(Some),
            Awaits::FirstItem => self.value().map(Some),
            Awaits::FirstName if self.peek() == Some(b'}') => self.end().map(Some),
            Awaits::FirstName => self.name().map(Some),
            Awaits::CommaOrEnd => self.after_value().map(Some),
        }
    }

    fn value(&mut self) -> Result<Token, NotJson> {
        let kind = match self.peek() {
            Some(b'{') => return self.begin(Container::Object),
            Some(b'[') => return self.begin(Container::List),
            Some(b'"') => Kind::Text,
            Some(b't' | b'f' | b'n') => Kind::Word,
            _ => Kind::Number,
        };
        let rest = &self.text[self.at..];
        let length = match kind {
            Kind::Text => literal::length(rest),
            Kind::Word => {
                ["true", "false", "null"].into_iter().find(|word| rest.starts_with(word)).map(str::len)
            }
            _ => number::length(rest),
        };
        let token = self.take(kind, length)?;
        self.close_value();
        Ok(token)
    }

    fn begin(&mut self, container: Container) -> Result<Token, NotJson> {
        if self.within.len() == DEEPEST {
            return Err(NotJson::TooDeep);
        }
        self.within.push(container);
        self.awaits = match container {
            Container::List => Awaits::FirstItem,
            Container::Object => Awaits::FirstName,
        };
        self.take(Kind::Begin(container), Some(1))
    }

    fn end(&mut self) -> Result<Token, NotJson> {
        let container = self.within.pop().ok_or_else(|| self.wrong())?;
        self.close_value();
        self.take(Kind::End(container), Some(1))
    }

    fn after_value(&mut self) -> Result<Token, NotJson> {
        match (self.peek(), self.within.last()) {
            (Some(b','), Some(Container::List)) => {
                self.at += 1;
                self.skip_space();
                self.value()
            }
            (Some(b','), Some(Container::Object)) => {
                self.at += 1;
                self.skip_space();
                self.name()
            }
            (Some(b']'), Some(Container::List)) | (Some(b'}'), Some(Container::Object)) => self.end(),
            _ => Err(self.wrong()),
        }
    }

    /// A name and the colon behind it.
    fn name(&mut self) -> Result<Token, NotJson> {
        let token = self.take(Kind::Name, literal::length(&self.text[self.at..]))?;
        self.skip_space();
        if self.peek() != Some(b':') {
            return Err(self.wrong());
        }
        self.at += 1;
        self.awaits = Awaits::Value;
        Ok(token)
    }

    fn close_value(&mut self) {
        self.awaits = if self.within.is_empty() { Awaits::Nothing } else { Awaits::CommaOrEnd };
    }

    fn take(&mut self, kind: Kind, length: Option<usize>) -> Result<Token, NotJson> {
        let length = length.ok_or_else(|| self.wrong())?;
        let at = self.at..self.at + length;
        self.at = at.end;
        Ok(Token { kind, at })
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn wrong(&self) -> NotJson {
        NotJson::At(self.at)
    }
}
