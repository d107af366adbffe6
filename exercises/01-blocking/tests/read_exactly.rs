//! Checks src/read_exactly.rs.

// What is not written yet leaves its arguments unused.
#[allow(unused_imports, unused_variables, dead_code)]
#[path = "../src/read_exactly.rs"]
mod answer;
#[path = "checks/read_exactly.rs"]
mod check;

#[test]
fn read_exactly() -> Result<(), lab::check::Shown> {
    lab::check::judge(env!("CARGO_MANIFEST_DIR"), "read_exactly", check::check)
}
