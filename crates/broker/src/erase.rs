//! Erasing a person: what calls carried and answered about somebody is found by keyed hashes of their ids, and deleted.
//!
//! That a call was made, when, with which tool and how it ended stays; whom it concerned does not.

use crate::subjects::subject_hash;
use crate::team_keys::{Purpose, TeamKeys};
use crate::unavailable;
use keyferry_core::{ErrorCode, Failure, TeamId};
use keyferry_store::{Db, StoreError, subjects, teams};

/// What was erased in one team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erased {
    pub team: TeamId,
    /// Calls and previews that concerned the person. What was confirmed for them, and what was read beneath them, went
    /// with them.
    pub calls: u64,
}

/// Erases a person from one team, or from all. `subject` is an id as it stood in calls: a user id, an anonymous id, an
/// e-mail address. Each of a person's ids is erased by itself. Answers the teams in which there was something.
///
/// # Errors
/// `invalid_arguments` for an empty subject, `not_found` for a team that does not exist, `gateway_unavailable`: some may
/// be erased then, and the same again erases the rest.
pub async fn erase(
    db: &Db,
    keys: &TeamKeys,
    team: Option<&TeamId>,
    subject: &str,
) -> Result<Vec<Erased>, Failure> {
    in_each(db, keys, team, subject, How::Erased).await
}

/// What [`erase`] would answer now; nothing is erased.
///
/// # Errors
/// As [`erase`].
pub async fn erasable(
    db: &Db,
    keys: &TeamKeys,
    team: Option<&TeamId>,
    subject: &str,
) -> Result<Vec<Erased>, Failure> {
    in_each(db, keys, team, subject, How::Counted).await
}

/// What is done with the calls that are found.
#[derive(Clone, Copy)]
enum How {
    Erased,
    Counted,
}

async fn in_each(
    db: &Db,
    keys: &TeamKeys,
    team: Option<&TeamId>,
    subject: &str,
    how: How,
) -> Result<Vec<Erased>, Failure> {
    if subject.trim().is_empty() {
        return Err(Failure::new(ErrorCode::InvalidArguments, "Say whom to erase."));
    }
    let mut erased = Vec::new();
    for team in asked(db, team).await? {
        // Without a key nothing was ever hashed for the team.
        let Some(key) = keys.known(&team, Purpose::Subject).await? else { continue };
        let hash = subject_hash(&key, subject);
        let calls = match how {
            How::Erased => erase_in(db, &team, &hash).await,
            How::Counted => subjects::count(db, &team, &hash).await.map(i64::unsigned_abs),
        };
        let calls = calls.map_err(unavailable::store)?;
        erased.extend((calls > 0).then_some(Erased { team, calls }));
    }
    Ok(erased)
}

async fn asked(db: &Db, team: Option<&TeamId>) -> Result<Vec<TeamId>, Failure> {
    match team {
        None => {
            let all = teams::all(db).await.map_err(unavailable::store)?;
            Ok(all.into_iter().map(|team| team.id).collect())
        }
        Some(team) => match teams::get(db, team).await.map_err(unavailable::store)? {
            Some(found) => Ok(vec![found.id]),
            None => Err(Failure::new(ErrorCode::NotFound, "There is no such team.")),
        },
    }
}

/// Some at a time, each for good: when one fails, the next try begins where this one ended.
async fn erase_in(db: &Db, team: &TeamId, hash: &[u8; 32]) -> Result<u64, StoreError> {
    let mut calls = 0;
    loop {
        match subjects::erase_some(db, team, hash).await? {
            0 => return Ok(calls),
            some => calls += some,
        }
    }
}
