//! What stands at given places of a JSON text.

use super::literal;
use super::scan::{Container, Kind, Token, tokens};
use keyferry_catalog::{Pattern, Step};

pub(super) fn texts_at(text: &str, patterns: &[&Pattern]) -> Vec<String> {
    let mut walk = Walk { text, steps: Vec::new() };
    let mut found = Vec::new();
    for token in tokens(text) {
        walk.enter(&token);
        let stands = patterns.iter().any(|pattern| pattern.matches(&walk.steps));
        match token.kind {
            Kind::Text if stands => found.push(literal::said(&text[token.at.clone()]).into_owned()),
            Kind::Number if stands => found.push(text[token.at.clone()].to_owned()),
            _ => {}
        }
        walk.leave(&token);
    }
    found
}

/// Where in the text the walk is: the steps to the value that a token begins.
struct Walk<'t> {
    text: &'t str,
    steps: Vec<Step>,
}

impl Walk<'_> {
    fn enter(&mut self, token: &Token) {
        match token.kind {
            Kind::Name => {
                self.steps.pop();
                self.steps.push(Step::Key(literal::said(&self.text[token.at.clone()]).into_owned()));
            }
            Kind::End(_) => _ = self.steps.pop(),
            Kind::Begin(_) | Kind::Text | Kind::Number | Kind::Word => {}
        }
    }

    /// A container's values have a step more; a list's next value has the next index.
    fn leave(&mut self, token: &Token) {
        match token.kind {
            Kind::Begin(Container::List) => return self.steps.push(Step::Index(0)),
            Kind::Begin(Container::Object) => return self.steps.push(Step::Key(String::new())),
            Kind::Name => return,
            Kind::End(_) | Kind::Text | Kind::Number | Kind::Word => {}
        }
        if let Some(Step::Index(index)) = self.steps.last_mut() {
            *index += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str, patterns: &[&str]) -> Vec<String> {
        let patterns: Vec<Pattern> = patterns.iter().map(|text| Pattern::parse(text).unwrap()).collect();
        texts_at(text, &patterns.iter().collect::<Vec<_>>())
    }

    #[test]
    fn texts_and_numbers_are_found_wherever_a_pattern_leads() {
        let text = r#"{"userId":"a","x":{"userId":"no"},"batch":[{"userId":"b"},["no"],{"t":{"mail":7},"userId":null}]}"#;
        assert_eq!(texts(text, &["/userId", "/batch/*/userId", "/batch/*/t/mail"]), ["a", "b", "7"]);
        assert_eq!(texts(text, &["/batch/2/t/mail"]), ["7"]);
    }

    #[test]
    fn a_repeated_name_counts_each_time_however_it_is_spelled() {
        assert_eq!(texts(r#"{"a":"1","\u0061":"2","a":{"b":"no"},"a":"3"}"#, &["/a"]), ["1", "2", "3"]);
    }
}
