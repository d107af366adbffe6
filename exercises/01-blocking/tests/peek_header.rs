//! Checks src/peek_header.rs.

// What is not written yet leaves its arguments unused.
#[allow(unused_imports, unused_variables, dead_code)]
#[path = "../src/peek_header.rs"]
mod answer;
#[path = "checks/peek_header.rs"]
mod check;

#[test]
fn peek_header() -> Result<(), lab::check::Shown> {
    lab::check::judge(env!("CARGO_MANIFEST_DIR"), "peek_header", check::check)
}
