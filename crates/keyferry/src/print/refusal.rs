//! The gateway's refusal as a person wants to read it: what is wrong, then what to do, in the command line's own words.

use super::Screen;
use keyferry_client::Refusal;

/// What the API names by a field, a terminal shows or takes by something else.
const WORDS: [(&str, &str); 8] = [
    ("see the call in `details`", "`keyferry calls CALL_ID` tells what became of it"),
    ("`details` and `invalidFields` name", "is named above"),
    ("in `details`", "above"),
    ("`details`", "the lines above"),
    ("`connectionId`", "`--connection`"),
    ("`idempotencyKey`", "`--idempotency-key`"),
    ("`arguments`", "`--params`"),
    ("Pair the device again.", "Pair again with `keyferry pair`, or give a token that holds."),
];

pub(crate) fn refusal(screen: Screen, refusal: &Refusal) -> String {
    let mut lines = vec![
        screen.wrapped(0, &format!("{}: {}", screen.bold(&refusal.code), in_own_words(&refusal.message))),
    ];
    lines.extend(refusal.details.iter().map(|line| screen.wrapped(2, &in_own_words(line))));
    let wait = refusal.retry_after.map(|wait| format!("{} s", wait.as_secs_f64().ceil()));
    if let Some(hint) = &refusal.hint {
        let wait = wait.as_deref().unwrap_or("a while");
        let hint = hint.replace("as long as `retryAfterMs` says", wait);
        lines.push(screen.hanging("→ ", &in_own_words(&hint)));
    } else if let Some(wait) = wait {
        lines.push(format!("→ Wait {wait}, then send the same call again."));
    }
    let told = |url: &str| refusal.hint.as_deref().is_some_and(|hint| hint.contains(url));
    if let Some(url) = refusal.approval_url.as_ref().filter(|url| !told(url)) {
        lines.push(format!("→ {url}"));
    }
    lines.join("\n")
}

fn in_own_words(text: &str) -> String {
    WORDS.iter().fold(text.to_owned(), |text, (api, own)| text.replace(api, own))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_refusal_says_what_to_do_at_a_terminal() {
        let one = Refusal {
            code: "ambiguous_connection".to_owned(),
            message: "Twilio Segment has several connections and none is the default.".to_owned(),
            details: vec!["1: Production (us)".to_owned(), "2: Staging (eu)".to_owned()],
            hint: Some("Name one by its number, as `connectionId`.".to_owned()),
            ..Refusal::default()
        };
        insta::assert_snapshot!(refusal(Screen::plain(60), &one), @"
        ambiguous_connection: Twilio Segment has several connections
        and none is the default.
          1: Production (us)
          2: Staging (eu)
        → Name one by its number, as `--connection`.
        ");
        let wait = Refusal {
            code: "rate_limited".to_owned(),
            message: "Segment asks to wait; it did nothing.".to_owned(),
            hint: Some("Wait as long as `retryAfterMs` says, then send the same call again.".to_owned()),
            retry_after: Some(Duration::from_millis(2_500)),
            ..Refusal::default()
        };
        insta::assert_snapshot!(refusal(Screen::plain(60), &wait), @"
        rate_limited: Segment asks to wait; it did nothing.
        → Wait 3 s, then send the same call again.
        ");
    }
}
