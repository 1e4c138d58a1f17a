//! Prints openapi.json: `cargo run -p keyferry-http --example openapi > openapi.json`.

fn main() {
    print!("{}", keyferry_http::openapi());
}
