//! Checks src/wait_with_a_mask.rs.

// What is not written yet leaves its arguments unused.
#[allow(unused_imports, unused_variables, dead_code)]
#[path = "../src/wait_with_a_mask.rs"]
mod answer;
#[path = "checks/wait_with_a_mask.rs"]
mod check;

#[test]
fn wait_with_a_mask() -> Result<(), lab::check::Shown> {
    lab::check::judge(env!("CARGO_MANIFEST_DIR"), "wait_with_a_mask", check::check)
}
