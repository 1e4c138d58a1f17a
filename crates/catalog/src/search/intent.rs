//! What a request wants: to look at something, or to change it.
//!
//! Which words it shares with a tool says what it is about, and seldom what is to be done: `who are my users` and
//! `identify a user` are both about users. So a tool of the other kind counts less, though it is still found.

use super::words::Word;
use crate::Tool;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Intent {
    Look,
    Change,
}

/// What a tool's score is multiplied by when it does the other of the two.
const OTHER: f32 = 0.5;

/// They ask wherever they stand.
const QUESTIONS: &[&str] =
    &["who", "whom", "whose", "what", "which", "where", "when", "why", "whether", "many", "much", "often"];

/// They ask when they begin the request: `are events blocked`, not `events that are blocked`.
const AUXILIARIES: &[&str] = &["is", "are", "was", "were", "does", "did", "do", "has", "have"];

const LOOKS: &[&str] = &[
    "check", "compare", "count", "describe", "display", "explain", "fetch", "find", "get", "inspect", "know",
    "list", "look", "monitor", "preview", "read", "retrieve", "search", "see", "show", "tell", "view",
];

const CHANGES: &[&str] = &[
    "activate",
    "add",
    "append",
    "apply",
    "archive",
    "assign",
    "attach",
    "block",
    "cancel",
    "change",
    "clear",
    "build",
    "configure",
    "connect",
    "copy",
    "create",
    "correct",
    "deactivate",
    "delete",
    "destroy",
    "disable",
    "disconnect",
    "drop",
    "detach",
    "edit",
    "exclude",
    "enable",
    "erase",
    "fix",
    "forget",
    "hide",
    "hook",
    "import",
    "insert",
    "invite",
    "join",
    "kill",
    "link",
    "load",
    "log",
    "make",
    "mark",
    "merge",
    "migrate",
    "modify",
    "move",
    "mute",
    "omit",
    "pause",
    "post",
    "publish",
    "purge",
    "push",
    "put",
    "record",
    "register",
    "remove",
    "rename",
    "replace",
    "replay",
    "reset",
    "restore",
    "resume",
    "revoke",
    "rid",
    "rotate",
    "run",
    "save",
    "schedule",
    "send",
    "set",
    "start",
    "stop",
    "store",
    "submit",
    "suppress",
    "suspend",
    "switch",
    "sync",
    "strip",
    "tag",
    "throw",
    "track",
    "trigger",
    "turn",
    "undo",
    "unlink",
    "update",
    "upload",
    "wipe",
    "write",
];

/// These turn a question into a wish: `is it possible to rename a source`, `is there a way to …`.
const WISHES: &[&str] = &["possible", "able", "way"];

/// After these a verb is what is to be done; after others, such as `audit log` or `page view`, it is a thing.
const BEFORE_VERBS: &[&str] = &[
    "and", "can", "could", "get", "i", "just", "kindly", "let", "lets", "must", "now", "or", "please",
    "should", "then", "to", "us", "we", "you",
];

/// Who does what the next word says.
const SUBJECTS: &[&str] = &["i", "we", "you"];

/// What a change does to the thing that it is about. A request that names one does not mean a tool of another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Make,
    Alter,
    Remove,
}

/// What a change's score is multiplied by when another deed was asked for.
const OTHER_DEED: f32 = 0.6;

const MAKES: &[&str] = &[
    "add", "append", "assign", "attach", "build", "connect", "create", "hook", "insert", "invite", "link",
    "make", "new", "register",
];
const ALTERS: &[&str] = &[
    "activate",
    "change",
    "deactivate",
    "disable",
    "edit",
    "enable",
    "fix",
    "modify",
    "move",
    "mute",
    "pause",
    "rename",
    "replace",
    "restore",
    "resume",
    "set",
    "suspend",
    "switch",
    "turn",
    "update",
];
const REMOVES: &[&str] = &[
    "clear",
    "delete",
    "destroy",
    "detach",
    "disconnect",
    "drop",
    "erase",
    "forget",
    "kill",
    "purge",
    "remove",
    "revoke",
    "rid",
    "throw",
    "unlink",
    "wipe",
];

impl Deed {
    fn of(verb: &str) -> Option<Self> {
        let among = |(verbs, deed): &(&[&str], Self)| verbs.contains(&verb).then_some(*deed);
        [(MAKES, Self::Make), (ALTERS, Self::Alter), (REMOVES, Self::Remove)].iter().find_map(among)
    }
}

/// What a request wants, and for a change what is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted {
    intent: Intent,
    deed: Option<Deed>,
}

impl Wanted {
    pub(super) fn of(request: &[Word]) -> Option<Self> {
        let intent = Intent::of(request)?;
        let deed = verbs(request, CHANGES).find_map(Deed::of).filter(|_| intent == Intent::Change);
        Some(Self { intent, deed })
    }

    /// What a tool counts for one who wants this.
    pub(super) fn lean(self, tool: &Tool) -> f32 {
        if tool.impact.changes() != (self.intent == Intent::Change) {
            return OTHER;
        }
        let its = tool.title.split(' ').next().and_then(|verb| Deed::of(&verb.to_lowercase()));
        let is_other = self.deed.zip(its).is_some_and(|(wanted, its)| wanted != its);
        if is_other { OTHER_DEED } else { 1.0 }
    }
}

/// The verbs among these that a request has where a verb may stand.
fn verbs<'r>(request: &'r [Word], verbs: &'r [&str]) -> impl Iterator<Item = &'r str> {
    let written = |at: usize| request[at].written.as_str();
    let is_verb = move |at: &usize| *at == 0 || BEFORE_VERBS.contains(&written(at - 1));
    let is_one = move |at: &usize| verbs.contains(&written(*at));
    (0..request.len()).filter(is_verb).filter(is_one).map(written)
}

impl Intent {
    /// What the request says that it wants; `None` when it does not say. A question about a change is a question.
    fn of(request: &[Word]) -> Option<Self> {
        let written = |at: usize| request[at].written.as_str();
        let is_verb = |at: usize| at == 0 || BEFORE_VERBS.contains(&written(at - 1));
        let asks = |at: &usize| {
            QUESTIONS.contains(&written(*at)) || (begins(request, *at) && AUXILIARIES.contains(&written(*at)))
        };
        let among =
            |verbs: &[&str]| (0..request.len()).find(|at| is_verb(*at) && verbs.contains(&written(*at)));
        let is_wish = request.iter().any(|word| WISHES.contains(&word.written.as_str()));
        let question = (0..request.len()).find(asks).filter(|_| !is_wish);
        // `list the tools that we send to`: what somebody does is no wish.
        let is_told = |at: usize| at > 0 && SUBJECTS.contains(&written(at - 1));
        match (question, among(CHANGES)) {
            (Some(question), Some(change)) if question < change => Some(Self::Look),
            (_, Some(change)) if is_told(change) && among(LOOKS).is_some_and(|look| look < change) => {
                Some(Self::Look)
            }
            (_, Some(_)) => Some(Self::Change),
            (Some(_), None) => Some(Self::Look),
            (None, None) => among(LOOKS).map(|_| Self::Look),
        }
    }
}

/// `how` may stand before: `how are deliveries going`. `how do I` asks for the way to do what follows.
fn begins(request: &[Word], at: usize) -> bool {
    let after_how = at == 1 && request[0].written == "how" && request[1].written != "do";
    at == 0 || after_how
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::words::words;
    use rstest::rstest;

    #[rstest]
    #[case("who are my users", Some(Intent::Look))]
    #[case("show me all sources", Some(Intent::Look))]
    #[case("are events blocked", Some(Intent::Look))]
    #[case("how are deliveries going", Some(Intent::Look))]
    #[case("how many events did we send", Some(Intent::Look))]
    #[case("which sources can I delete", Some(Intent::Look))]
    #[case("what happens when I pause a source", Some(Intent::Look))]
    #[case("can you tell me where the data goes", Some(Intent::Look))]
    #[case("is it possible to rename a source", Some(Intent::Change))]
    #[case("please delete the source", Some(Intent::Change))]
    #[case("I want to rename a source", Some(Intent::Change))]
    #[case("how do I pause a source", Some(Intent::Change))]
    #[case("list the tools that we send to", Some(Intent::Look))]
    #[case("show me how to delete a source", Some(Intent::Change))]
    #[case("find the old source and remove it", Some(Intent::Change))]
    #[case("get rid of the old source", Some(Intent::Change))]
    #[case("record that the user who called bought it", Some(Intent::Change))]
    #[case("audit log", None)]
    #[case("page view", None)]
    #[case("sources that are off", None)]
    #[case("", None)]
    fn a_request_says_what_it_wants(#[case] request: &str, #[case] expected: Option<Intent>) {
        assert_eq!(Intent::of(&words(request)), expected);
    }
}
