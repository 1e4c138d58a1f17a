//! Which tools a list or a search is about.

use crate::Tool;
use keyferry_core::Impact;

/// Each given part narrows it further; nothing given is every tool.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Filter<'f> {
    pub integration: Option<&'f str>,
    pub impact: Option<Impact>,
    pub area: Option<&'f str>,
}

impl Filter<'_> {
    #[must_use]
    pub fn takes(&self, tool: &Tool) -> bool {
        self.integration.is_none_or(|slug| tool.integration == slug)
            && self.impact.is_none_or(|impact| tool.impact == impact)
            && self.area.is_none_or(|area| tool.area == area)
    }
}

impl<'f> From<Option<&'f str>> for Filter<'f> {
    fn from(integration: Option<&'f str>) -> Self {
        Self { integration, ..Self::default() }
    }
}
