//! Black-box tests live in `it/`; this library only gives the package a target.
