#![doc = include_str!("../README.md")]

mod associated_data;
mod binding;
mod cipher;
mod data_key;
mod envelope;
mod error;
mod key_environment;
mod key_file;
mod key_ring;
mod master_key;
mod private_file;
mod provider;
mod vault;

pub use binding::Binding;
pub use data_key::DataKey;
pub use envelope::wrapped_by;
pub use error::{KeyRingError, OpenError, OpenReason, SealError};
pub use key_environment::KeyEnvironment;
pub use key_file::KeyFile;
pub use key_ring::KeyRing;
pub use master_key::MasterKey;
pub use provider::KeyProvider;
pub use vault::Vault;
pub use zeroize::Zeroizing;
