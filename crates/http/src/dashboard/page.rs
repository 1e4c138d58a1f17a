//! A rendered page, and the frame that all pages have.

use super::assets;
use super::notice::Notice;
use crate::reader::is_at;
use crate::rejection::Rejection;
use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use keyferry_core::Failure;

/// A template as an answer.
#[derive(Debug)]
pub(super) struct Page<T>(pub(super) T);

impl<T: Template> Page<T> {
    /// The page under another status than 200: a form that was not taken, an error.
    pub(super) fn with_status(self, status: StatusCode) -> Response {
        match self.0.render() {
            Ok(html) => (status, Html(html)).into_response(),
            Err(error) => Rejection::from(Failure::internal(error)).into_response(),
        }
    }

    /// The page with what is wrong on it.
    pub(super) fn not_taken(self) -> Response {
        self.with_status(StatusCode::UNPROCESSABLE_ENTITY)
    }
}

impl<T: Template> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        self.with_status(StatusCode::OK)
    }
}

/// What stands around a page's own content.
#[derive(Debug, Clone, Default)]
pub(super) struct Frame {
    /// Who is signed in; nobody on the pages before that.
    pub(super) who: Option<Who>,
    pub(super) notice: Option<Notice>,
    /// The path of the page.
    pub(super) path: String,
}

/// Where the navigation leads, and what else belongs there.
const SECTIONS: [(&str, &str, &[&str]); 5] = [
    ("/dashboard/approvals", "Approvals", &[]),
    ("/dashboard/devices", "Devices", &[]),
    ("/dashboard/connections", "Connections", &["/dashboard/connect/"]),
    ("/dashboard/calls", "Calls", &[]),
    ("/dashboard/pair", "Pair a device", &["/openclaw/pair/", "/hermes/approve/"]),
];

/// One link of the navigation.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) address: &'static str,
    pub(super) name: &'static str,
    /// For `aria-current`: the page itself, or one that belongs to it.
    pub(super) current: Option<&'static str>,
}

/// The person at the top of each page.
#[derive(Debug, Clone)]
pub(super) struct Who {
    pub(super) name: String,
    pub(super) team: String,
    pub(super) other_teams: Vec<OtherTeam>,
    /// The token of this session's forms.
    pub(super) csrf: String,
}

/// A team that the person could turn to.
#[derive(Debug, Clone)]
pub(super) struct OtherTeam {
    pub(super) id: String,
    pub(super) name: String,
}

impl Frame {
    pub(super) fn style(&self) -> &'static str {
        assets::style()
    }

    pub(super) fn sections(&self) -> impl Iterator<Item = Section> {
        SECTIONS.iter().map(|(address, name, others)| {
            let is_within = is_at(address, &self.path) || others.iter().any(|other| is_at(other, &self.path));
            let current = if self.path == *address { Some("page") } else { is_within.then_some("true") };
            Section { address, name, current }
        })
    }

    pub(super) fn is_home(&self) -> bool {
        self.path == "/dashboard"
    }

    /// The hidden field's value; a page without a session has no form that needs one.
    pub(super) fn csrf(&self) -> &str {
        self.who.as_ref().map_or("", |who| who.csrf.as_str())
    }
}
