//! Black-box tests: the built binary, real databases, real clients. Laid out as what they speak to.

mod beside;
mod clawlink;
mod confirmation;
mod database_gone;
mod demo;
mod error_table;
mod forwarded;
mod house;
mod injection;
mod integrations_dir;
mod kill;
mod leak;
mod map;
mod own_calls;
mod profiles;
mod proxy;
mod proxy_folder;
mod proxy_memory;
mod proxy_streams;
mod rotation;
mod skill_commands;
mod skill_table;
mod start_errors;
mod tenancy;
mod terminal;
mod tls;
