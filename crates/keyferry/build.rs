//! The linker folds functions that came out alike, which takes a megabyte off the binary.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = std::env::var("TARGET").unwrap_or_default();
    let profile = std::env::var("PROFILE").unwrap_or_default();
    // Only there does Rust bring its own linker, which knows the option.
    if target == "x86_64-unknown-linux-gnu" && profile == "release" {
        println!("cargo::rustc-link-arg-bins=-Wl,--icf=all");
    }
}
