//! Which rule holds for one tool on one connection, and what it asks for.

use keyferry_catalog::Tool;
use keyferry_core::{ConnectionId, Consent, ErrorCode, Failure, Rule};
use keyferry_store::device_rules::Narrowing;

/// The rule that holds, and what narrowed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Holding {
    pub(crate) rule: Rule,
    /// `None`: the device's own.
    pub(crate) narrowed_by: Option<String>,
}

impl Holding {
    /// The strictest of the device's own rule and everything that was narrowed for this case.
    pub(crate) fn of(own: Rule, narrowings: &[Narrowing], tool: &Tool, connection: &ConnectionId) -> Self {
        let own = Self { rule: own, narrowed_by: None };
        narrowings.iter().filter(|narrowing| concerns(narrowing, tool, connection)).fold(
            own,
            |held, narrowing| {
                if narrowing.rule < held.rule {
                    Self { rule: narrowing.rule, narrowed_by: Some(scope(narrowing)) }
                } else {
                    held
                }
            },
        )
    }

    /// # Errors
    /// `policy_denied`, naming the rule, when nothing could make the call allowed.
    pub(crate) fn consent(&self, tool: &Tool) -> Result<Consent, Failure> {
        self.rule.consent(tool.impact).ok_or_else(|| {
            Failure::new(
                ErrorCode::PolicyDenied,
                format!("This device may not call `{}`: {}.", tool.name, self.said()),
            )
            .hint("A person can change the device's rule on the Devices page.")
        })
    }

    /// The rule in words: `its rule is read-only (for the tool segment_track)`.
    pub(crate) fn said(&self) -> String {
        let by = self.narrowed_by.as_ref().map(|scope| format!(" (for {scope})")).unwrap_or_default();
        format!("its rule is {}{by}", self.rule)
    }
}

fn concerns(narrowing: &Narrowing, tool: &Tool, connection: &ConnectionId) -> bool {
    narrowing.integration.as_ref().is_none_or(|slug| *slug == tool.integration)
        && narrowing.connection.as_ref().is_none_or(|id| id == connection)
        && narrowing.tool.as_ref().is_none_or(|name| *name == tool.name)
}

fn scope(narrowing: &Narrowing) -> String {
    match (&narrowing.tool, &narrowing.connection, &narrowing.integration) {
        (Some(tool), _, _) => format!("the tool {tool}"),
        (None, Some(_), _) => "this connection".to_owned(),
        (None, None, Some(integration)) => format!("the integration {integration}"),
        (None, None, None) => "everything".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrowing_concerns_only_what_it_names() {
        let catalog = keyferry_catalog::Catalog::embedded().unwrap();
        let track = catalog.tool("segment_track").unwrap();
        let (here, elsewhere) = (ConnectionId::new(), ConnectionId::new());
        let narrow = |connection: Option<&ConnectionId>, tool: Option<&str>, rule| Narrowing {
            integration: None,
            connection: connection.cloned(),
            tool: tool.map(str::to_owned),
            rule,
        };
        let held = |narrowings: &[Narrowing]| Holding::of(Rule::Confirm, narrowings, &track, &here).rule;
        assert_eq!(held(&[]), Rule::Confirm);
        assert_eq!(held(&[narrow(Some(&elsewhere), None, Rule::ReadOnly)]), Rule::Confirm);
        assert_eq!(held(&[narrow(Some(&here), None, Rule::Approve)]), Rule::Approve);
        assert_eq!(held(&[narrow(None, Some("segment_page"), Rule::ReadOnly)]), Rule::Confirm);
        assert_eq!(held(&[narrow(None, None, Rule::Trusted)]), Rule::Confirm, "narrowing never frees");
        let both = [narrow(None, None, Rule::Approve), narrow(None, Some("segment_track"), Rule::ReadOnly)];
        assert_eq!(held(&both), Rule::ReadOnly);
    }
}
