//! The doors, over real rooms: a database of the test's own, the catalog, the sandbox. Laid out as the URL tree.

mod api;
mod dashboard;
mod every_route;
mod gateway;
mod oauth;
mod operations;
mod surroundings;
