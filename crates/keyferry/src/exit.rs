//! How the process ends: a code that scripts can act on, and the sentence on standard error.

use crate::config::ConfigError;
use crate::print::{self, Screen};
use keyferry_client::ClientError;
use keyferry_core::{ErrorCode, Failure, Mender};
use std::process::ExitCode;

/// The command line can't be read, as clap ends.
const USAGE: u8 = 2;
/// The arguments of the call were refused; the caller mends them.
const ARGUMENTS: u8 = 3;
/// A person has to act: pair, connect, confirm, approve.
const PERSON: u8 = 4;
/// It may work later: a limit, an outage.
const WAIT: u8 = 5;
/// A write left the gateway and its outcome is not known.
const UNKNOWN: u8 = 6;
/// The configuration is wrong (`EX_CONFIG` is 78 in sysexits.h; servers of the field use `EX_USAGE`).
const CONFIGURATION: u8 = 64;
/// No gateway answers (`EX_UNAVAILABLE`).
const UNREACHABLE: u8 = 69;

/// Something that stopped a command after it had said so itself.
#[derive(Debug, thiserror::Error)]
#[error("the command ended with {0}")]
pub(crate) struct Said(pub(crate) u8);

/// Something that only the caller, or a person, can mend, told with the code that says so.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Ended {
    code: u8,
    message: String,
}

impl Ended {
    /// The command line, or a variable in its place, can't be read.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { code: USAGE, message: message.into() }
    }

    /// The arguments are wrong before the gateway saw them.
    pub(crate) fn arguments(message: impl Into<String>) -> Self {
        Self { code: ARGUMENTS, message: message.into() }
    }

    /// What a room refuses a command beside the gateway, told as the API would.
    pub(crate) fn refused(failure: &Failure) -> Self {
        Self { code: of_refusal(failure.code.as_str()), message: failure.message.clone() }
    }

    /// A person has to act first.
    pub(crate) fn person(message: impl Into<String>) -> Self {
        Self { code: PERSON, message: message.into() }
    }
}

pub(crate) fn code(result: anyhow::Result<()>) -> ExitCode {
    let Err(error) = result else { return ExitCode::SUCCESS };
    if let Some(Said(code)) = error.downcast_ref() {
        return ExitCode::from(*code);
    }
    eprintln!("{}", Screen::stderr().wrapped(0, &format!("keyferry: {}", told(&error))));
    ExitCode::from(number(&error))
}

/// What went wrong and why, each cause once: libraries end their own sentence with their cause's.
fn told(error: &anyhow::Error) -> String {
    let said: Vec<String> = error.chain().map(ToString::to_string).collect();
    let own = said.iter().enumerate().map(|(at, sentence)| {
        let cause = said.get(at + 1).and_then(|cause| sentence.strip_suffix(cause.as_str()));
        cause.map_or(sentence.as_str(), |own| own.trim_end_matches([' ', ':']))
    });
    own.filter(|own| !own.is_empty()).collect::<Vec<_>>().join(": ")
}

/// Prints a gateway's refusal in full, as JSON on standard output where that was asked for; and of one that does not
/// answer, how another is named.
pub(crate) fn refusals_told(json: bool, result: anyhow::Result<()>) -> anyhow::Result<()> {
    let Err(error) = result else { return Ok(()) };
    if let Some(ClientError::Unreachable { .. }) = error.downcast_ref() {
        let mend = "→ See that it runs there, or name another: --url, KEYFERRY_URL or --profile.";
        eprintln!("{}\n{mend}", Screen::stderr().wrapped(0, &format!("keyferry: {}", told(&error))));
        return Err(Said(UNREACHABLE).into());
    }
    let Some(ClientError::Refused(refusal)) = error.downcast_ref() else { return Err(error) };
    if json {
        print::json(&refusal.raw)?;
    } else {
        let context = error.to_string();
        if context != refusal.to_string() {
            eprintln!("keyferry: {context}");
        }
        eprintln!("{}", print::refusal(Screen::stderr(), refusal));
    }
    Err(Said(of_refusal(&refusal.code)).into())
}

fn number(error: &anyhow::Error) -> u8 {
    if error.downcast_ref::<ConfigError>().is_some() {
        return CONFIGURATION;
    }
    if let Some(ended) = error.downcast_ref::<Ended>() {
        return ended.code;
    }
    match error.downcast_ref::<ClientError>() {
        Some(ClientError::Refused(refusal)) => of_refusal(&refusal.code),
        Some(_) => UNREACHABLE,
        None => 1,
    }
}

/// The exit code for one of the API's error codes.
pub(crate) fn of_refusal(code: &str) -> u8 {
    match code.parse::<ErrorCode>() {
        Ok(ErrorCode::OutcomeUnknown) => UNKNOWN,
        // Mended by the agent in the API's terms, which at a terminal means: somebody has to confirm.
        Ok(ErrorCode::ConfirmationRequired | ErrorCode::ConfirmationExpired | ErrorCode::StateChanged) => {
            PERSON
        }
        Ok(code) => match code.mender() {
            Mender::Agent => ARGUMENTS,
            Mender::Person => PERSON,
            Mender::Wait => WAIT,
            Mender::Operator => 1,
        },
        Err(_) => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_mend_has_a_code_of_its_own() {
        let codes = [
            "invalid_arguments",
            "confirmation_required",
            "needs_connection",
            "rate_limited",
            "outcome_unknown",
        ];
        assert_eq!(codes.map(of_refusal), [ARGUMENTS, PERSON, PERSON, WAIT, UNKNOWN]);
        assert_eq!(of_refusal("a code of tomorrow"), 1);
    }

    #[test]
    fn a_cause_is_told_once() {
        let error =
            anyhow::anyhow!("refused").context("can't talk: refused").context("can't open the database");
        assert_eq!(told(&error), "can't open the database: can't talk: refused");
        assert_eq!(told(&anyhow::anyhow!("refused").context("refused")), "refused");
    }
}
