//! From marks to the model's words, and names.

use super::marks::{AffectedMark, BeforeMark, OperationMarks, SecretInputMark};
use crate::{Affected, Before, Guidance, Lookup, SecretInput, ThingKind, ToolRef};

pub(super) fn guidance(marks: &mut OperationMarks) -> Guidance {
    Guidance {
        when_to_use: std::mem::take(&mut marks.when_to_use),
        ask_before: std::mem::take(&mut marks.ask_before),
        safe_defaults: std::mem::take(&mut marks.safe_defaults),
        examples: std::mem::take(&mut marks.examples),
        prerequisites: std::mem::take(&mut marks.prerequisites),
        follow_ups: std::mem::take(&mut marks.follow_ups),
        synonyms: std::mem::take(&mut marks.synonyms),
    }
}

pub(super) fn before(mark: BeforeMark) -> Before {
    Before {
        read: ToolRef { tool: mark.tool, arguments: mark.arguments },
        at: mark.at,
        matching: mark.matching,
        change: mark.change,
        fields: mark.fields.unwrap_or_default(),
    }
}

pub(super) fn affected(mark: AffectedMark) -> Affected {
    let kind = match crate::Pattern::parse(&mark.kind) {
        Ok(at) => ThingKind::At(at),
        Err(_) => ThingKind::Word(mark.kind),
    };
    Affected {
        read: ToolRef { tool: mark.tool, arguments: mark.arguments },
        at: mark.at,
        kind,
        id: mark.id,
        name: mark.name,
        effect: mark.effect,
    }
}

/// Puts the look-up of a marked place to what the schema knows of it already.
pub(super) fn add_secret_input(secrets: &mut Vec<SecretInput>, mark: SecretInputMark) {
    let lookup =
        Lookup { kind: mark.resource.kind, id: mark.resource.argument, find: mark.find, place: mark.place };
    match secrets.iter_mut().find(|secret| secret.at == mark.at) {
        Some(known) => known.lookup = Some(lookup),
        None => secrets.push(SecretInput { at: mark.at, public: Vec::new(), lookup: Some(lookup) }),
    }
}

/// `getDailyPerSourceAPICallsUsage` → `get_daily_per_source_api_calls_usage`
pub(super) fn snake_case(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (at, letter) in letters.iter().enumerate() {
        let begins_word = letter.is_uppercase()
            && at > 0
            && (!letters[at - 1].is_uppercase()
                || letters.get(at + 1).is_some_and(|next| next.is_lowercase()));
        if begins_word && !snake.ends_with('_') {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::snake_case;
    use rstest::rstest;

    #[rstest]
    #[case("listSources", "list_sources")]
    #[case("getDailyPerSourceAPICallsUsage", "get_daily_per_source_api_calls_usage")]
    #[case("listReverseETLModels", "list_reverse_etl_models")]
    #[case("getDailyWorkspaceMTUUsage", "get_daily_workspace_mtu_usage")]
    #[case("track", "track")]
    fn runs_of_capitals_stay_together(#[case] operation: &str, #[case] expected: &str) {
        assert_eq!(snake_case(operation), expected);
    }
}
