//! Checks src/read_to_the_end.rs.

// What is not written yet leaves its arguments unused.
#[allow(unused_imports, unused_variables, dead_code)]
#[path = "../src/read_to_the_end.rs"]
mod answer;
#[path = "checks/read_to_the_end.rs"]
mod check;

#[test]
fn read_to_the_end() -> Result<(), lab::check::Shown> {
    lab::check::judge(env!("CARGO_MANIFEST_DIR"), "read_to_the_end", check::check)
}
