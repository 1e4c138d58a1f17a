//! Black-box tests: the built binary, real databases, real clients. Laid out as what they speak to.

mod beside;
mod confirmation;
mod database_gone;
mod demo;
mod error_table;
mod forwarded;
mod injection;
mod integrations_dir;
mod kill;
mod lanes;
mod leak;
mod map;
mod profiles;
mod proxy;
mod proxy_memory;
mod proxy_streams;
mod replicas;
mod replicas_database;
mod replicas_pooler;
mod rotation;
mod skill_commands;
mod skill_table;
mod start_errors;
mod tenancy;
mod terminal;
mod tls;
