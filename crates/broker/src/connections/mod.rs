//! Accounts of outside systems: seen, chosen, connected, tested, disconnected.

mod account;
mod choose;
mod connect;
mod edit;
mod form;
mod health;
mod integrations;
mod session;
mod show;
mod slot;
mod testing;
mod uses;

pub(crate) use account::Account;
pub use choose::AccountHealth;
pub(crate) use choose::{default_of, health_of};
pub use connect::{Connected, NewConnection};
pub use edit::ConnectionEdit;
pub use integrations::IntegrationsQuery;
pub use session::ConnectRequest;
pub(crate) use show::record;
pub use slot::{SavedSlot, SlotInput};
pub(crate) use testing::Tester;
