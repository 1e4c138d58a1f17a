//! The window: ten minutes in which a person lets devices pair that show no code.

use super::{Pairings, StartError};
use keyferry_core::{Principal, Timestamp};
use keyferry_store::pairing_windows::{self, PairingWindow};
use keyferry_store::{StoreError, system};
use std::time::Duration;

/// How long a window is open.
pub const WINDOW_LASTS: Duration = Duration::from_secs(10 * 60);

/// Why no window was opened.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    #[error("As a viewer of this team you can't add devices; ask an administrator.")]
    Viewer,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Pairings {
    /// Opens the person's window, or keeps it open for ten minutes from now. Answers when it closes.
    ///
    /// # Errors
    /// [`WindowError::Viewer`].
    pub async fn open_window(&self, person: &Principal) -> Result<Timestamp, WindowError> {
        if !person.role.may_connect() {
            return Err(WindowError::Viewer);
        }
        let opened_at = self.parts.now();
        let expires_at = opened_at + WINDOW_LASTS;
        let (team, user) = (person.team.clone(), person.user.clone());
        pairing_windows::open(&self.parts.db, &PairingWindow { team, user, opened_at, expires_at }).await?;
        Ok(expires_at)
    }

    /// Closes the person's window. Says whether it was open.
    ///
    /// # Errors
    /// The store's.
    pub async fn close_window(&self, person: &Principal) -> Result<bool, StoreError> {
        pairing_windows::close(&self.parts.db, &person.team, &person.user).await
    }

    /// Until when the person's window is open, if it is.
    ///
    /// # Errors
    /// The store's.
    pub async fn window(&self, person: &Principal) -> Result<Option<Timestamp>, StoreError> {
        let now = self.parts.now();
        let window = pairing_windows::get(&self.parts.db, &person.team, &person.user, now).await?;
        Ok(window.map(|window| window.expires_at))
    }

    /// Whoever's window it is: a device that begins belongs to nobody yet. The person who lets it in needs one of
    /// their own.
    pub(super) async fn window_must_be_open(&self) -> Result<(), StartError> {
        let is_open = system::any_pairing_window(&self.parts.db, self.parts.now()).await?;
        if is_open { Ok(()) } else { Err(StartError::Closed) }
    }
}
