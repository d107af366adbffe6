//! Checks src/echo_until_half_close.rs.

// What is not written yet leaves its arguments unused.
#[allow(unused_imports, unused_variables, dead_code)]
#[path = "../src/echo_until_half_close.rs"]
mod answer;
#[path = "checks/echo_until_half_close.rs"]
mod check;

#[test]
fn echo_until_half_close() -> Result<(), lab::check::Shown> {
    lab::check::judge(env!("CARGO_MANIFEST_DIR"), "echo_until_half_close", check::check)
}
