#![doc = include_str!("../README.md")]

pub mod database;
mod line;
pub mod postgres;

#[cfg(feature = "gateway")]
mod balancer;
#[cfg(feature = "gateway")]
pub mod binary;
#[cfg(feature = "gateway")]
mod daemon;
#[cfg(feature = "gateway")]
mod deeds;
#[cfg(feature = "gateway")]
mod demo;
#[cfg(feature = "gateway")]
mod device;
#[cfg(feature = "gateway")]
mod gateway;
#[cfg(feature = "gateway")]
pub mod needles;
#[cfg(feature = "gateway")]
mod operator;
#[cfg(feature = "gateway")]
mod page;
#[cfg(feature = "gateway")]
mod person;
#[cfg(feature = "gateway")]
mod pooler;
#[cfg(feature = "gateway")]
mod program;
#[cfg(feature = "gateway")]
mod sandbox;
#[cfg(feature = "gateway")]
mod stream;
#[cfg(feature = "gateway")]
mod wait;
#[cfg(feature = "gateway")]
mod wire;

#[cfg(feature = "gateway")]
pub use self::{
    balancer::Balancer,
    daemon::{Daemon, free_address},
    deeds::Typed,
    demo::{Demo, DemoFile, DemoPlan},
    device::Device,
    gateway::{Gateway, ServeSettings},
    page::{Form, Page},
    person::Person,
    pooler::Pooler,
    program::{Output, Program},
    sandbox::TestSandbox,
    stream::CallStream,
    wait::{PATIENCE, until, until_within},
    wire::{Answer, Wire},
};
pub use database::Engine;
pub use line::Line;
