//! What was just done, told once on the page that a form leads to.

use super::cookie;
use crate::state::Doors;
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};

macro_rules! notices {
    ($($name:ident = $word:literal, $sentence:literal;)*) => {
        /// Fixed sentences, carried by a word: nobody can make a page say something of their own.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Notice { $($name,)* }

        impl Notice {
            fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            pub(super) fn sentence(self) -> &'static str {
                match self { $(Self::$name => $sentence,)* }
            }

            pub(super) fn of_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$name),)* _ => None }
            }
        }
    };
}

notices! {
    SignedOut = "signed-out", "You are signed out.";
    DeviceRevoked = "device-revoked", "The device is revoked; its tokens are worth nothing any more.";
    DeviceRenamed = "device-renamed", "The device has its new name.";
    RuleChanged = "rule-changed", "The device’s rule is changed; it holds for the next call.";
    ToolsChosen = "tools-chosen", "The device’s MCP clients see these tools under their own names from now on.";
    ChangesPass = "changes-pass", "The device may send these changes without a preview.";
    ChangesStop = "changes-stop", "Taken back: these changes need a preview again.";
    WindowOpened = "window-opened", "Pairing without a code is open for ten minutes.";
    WindowClosed = "window-closed", "Pairing without a code is closed.";
    Connected = "connected", "The account is connected.";
    ConnectedInPart = "connected-in-part", "The account is connected, but not every key is good. Look at each of them below.";
    KeyRemoved = "key-removed", "The key is removed.";
    KeySaved = "key-saved", "The key is saved.";
    Tested = "tested", "The keys were tested again.";
    ConnectionRenamed = "connection-renamed", "The connection has its new name.";
    DefaultChanged = "default-changed", "Calls that name no connection take this one from now on.";
    Disconnected = "disconnected", "The account is disconnected; its keys are deleted.";
    Approved = "approved", "Approved. The device has ten minutes to make the call, once.";
    Denied = "denied", "Denied. Nothing was sent.";
    TeamSwitched = "team-switched", "You are in another team now.";
    Joined = "joined", "You have joined the team.";
}

impl Notice {
    /// The stylesheet's word for how it is meant.
    pub(super) fn tone(self) -> &'static str {
        match self {
            Self::ConnectedInPart => "warning",
            _ => "notice",
        }
    }

    /// Leads to a page that tells it.
    pub(super) fn at(self, doors: &Doors, path: &str) -> Response {
        let cookie = [(header::SET_COOKIE, cookie::notice(doors, self.word()))];
        (cookie, Redirect::to(path)).into_response()
    }
}
