//! Checks src/read_with_a_deadline.rs.

// What is not written yet leaves its arguments unused.
#[allow(unused_imports, unused_variables, dead_code)]
#[path = "../src/read_with_a_deadline.rs"]
mod answer;
#[path = "checks/read_with_a_deadline.rs"]
mod check;

#[test]
fn read_with_a_deadline() -> Result<(), lab::check::Shown> {
    lab::check::judge(env!("CARGO_MANIFEST_DIR"), "read_with_a_deadline", check::check)
}
