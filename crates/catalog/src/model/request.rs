//! How arguments become a request.

use crate::Pattern;
use serde::Deserialize;

/// Everything that rendering needs besides server, secret and arguments.
#[derive(Debug, Clone)]
pub struct RequestShape {
    pub method: http::Method,
    pub path: PathTemplate,
    /// Other paths, without parameters, that clients of the API use for this operation. None of them is ever sent to.
    pub also_at: Vec<String>,
    pub parameters: Vec<Parameter>,
    pub body: Option<Body>,
    /// The media type of the `Accept` header.
    pub accept: Option<String>,
}

/// A path with places for parameters: `/profiles/{idType}:{idValue}/traits`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathTemplate {
    pub text: String,
    pub pieces: Vec<PathPiece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathPiece {
    /// Stays as it is.
    Literal(String),
    /// The wire name of the path parameter whose percent-encoded value stands here.
    Parameter(String),
}

impl PathTemplate {
    /// `None` when a brace is not closed or a name is empty.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((literal, after)) = rest.split_once('{') {
            let (name, tail) = after.split_once('}')?;
            if name.is_empty() || name.contains('{') {
                return None;
            }
            if !literal.is_empty() {
                pieces.push(PathPiece::Literal(literal.to_owned()));
            }
            pieces.push(PathPiece::Parameter(name.to_owned()));
            rest = tail;
        }
        if rest.contains('}') {
            return None;
        }
        if !rest.is_empty() {
            pieces.push(PathPiece::Literal(rest.to_owned()));
        }
        Some(Self { text: text.to_owned(), pieces })
    }

    pub(crate) fn parameters(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            PathPiece::Parameter(name) => Some(name.as_str()),
            PathPiece::Literal(_) => None,
        })
    }
}

/// One value of the path or the query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// As it is named on the wire.
    pub wire_name: String,
    pub filled_from: Filling,
    pub location: Location,
}

/// Where a parameter's value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filling {
    Argument(String),
    /// A public field of the connection's slot.
    SlotField(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    Path,
    Query(QueryStyle),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryStyle {
    /// `a=1&a=2`
    Repeated,
    /// `a=1,2`
    Commas,
    /// `p[count]=1`
    DeepObject,
    /// `groupBy.0=a`, `pagination.count=1`
    Dots,
}

/// A JSON body, made of arguments.
#[derive(Debug, Clone)]
pub struct Body {
    /// The `Content-Type`.
    pub media_type: String,
    /// Argument and wire name of each top-level property.
    pub fields: Vec<(String, String)>,
    /// What the gateway fills in, by wire name.
    pub made: Vec<Made>,
    /// The most bytes of the body as it is sent. `accept` has measured the arguments; what the gateway makes comes
    /// on top.
    pub max_bytes: Option<usize>,
}

/// A field that the gateway makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The objects of the body that hold it.
    pub within: Pattern,
    pub property: String,
    pub kind: MadeKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MadeKind {
    /// Filled in when absent; once per call, kept over retries.
    MessageId,
    /// Always overwritten with the time of the send.
    SentAt,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_may_have_two_parameters_in_one_segment() {
        let path = PathTemplate::parse("/profiles/{idType}:{idValue}/traits").unwrap();
        assert_eq!(path.parameters().collect::<Vec<_>>(), ["idType", "idValue"]);
        assert_eq!(path.pieces[2], PathPiece::Literal(":".into()));
    }

    #[test]
    fn a_broken_template_is_none() {
        for text in ["/a/{b", "/a/b}", "/a/{}", "/a/{b{c}}"] {
            assert_eq!(PathTemplate::parse(text), None, "{text}");
        }
    }
}
