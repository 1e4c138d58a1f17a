//! The rules that a device can be given, as pages offer them.

use keyferry_core::Rule;

/// One choice of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RuleChoice {
    pub(super) word: &'static str,
    pub(super) title: &'static str,
    pub(super) meaning: &'static str,
    pub(super) chosen: bool,
}

/// All rules, the strictest first.
pub(super) fn choices(chosen: Rule) -> Vec<RuleChoice> {
    let choice = |rule: Rule| RuleChoice {
        word: rule.as_str(),
        title: title(rule),
        meaning: meaning(rule),
        chosen: rule == chosen,
    };
    Rule::ALL.into_iter().map(choice).collect()
}

pub(super) fn title(rule: Rule) -> &'static str {
    match rule {
        Rule::ReadOnly => "Read only",
        Rule::Approve => "Approve each change",
        Rule::Confirm => "Preview each change",
        Rule::Trusted => "Trusted",
    }
}

fn meaning(rule: Rule) -> &'static str {
    match rule {
        Rule::ReadOnly => "It reads; it changes nothing.",
        Rule::Approve => "You approve every change here before it is sent.",
        Rule::Confirm => {
            "It previews a change before it sends it. What has high impact waits for you. A good choice for most."
        }
        Rule::Trusted => "It changes things without a preview. Only what has high impact waits for you.",
    }
}

/// A rule that was chosen in a form, with the box that has to be ticked for `trusted`.
pub(super) fn chosen(word: &str, trust_understood: bool) -> Result<Rule, &'static str> {
    match word.parse() {
        Ok(Rule::Trusted) if !trust_understood => {
            Err("To trust the device, tick the box that says what that means.")
        }
        Ok(rule) => Ok(rule),
        Err(_) => Err("Choose what the device may do."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trust_takes_a_tick_and_nothing_else_does() {
        assert!(chosen("trusted", false).is_err());
        assert_eq!(chosen("trusted", true), Ok(Rule::Trusted));
        assert_eq!(chosen("read-only", false), Ok(Rule::ReadOnly));
        assert!(chosen("", false).is_err());
    }
}
