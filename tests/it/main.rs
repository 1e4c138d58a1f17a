//! Black-box tests: the built binary, real databases, real clients. Laid out as what they speak to.

mod map;
