//! The catalog through its public functions.

mod accept;
mod any_files;
mod embedded;
mod folder;
mod lint;
mod load_errors;
mod normal_form;
mod search;
mod secrets;
mod segment;
mod texts;
mod wire;
