//! Checks src/one_shot_workers.rs.

// What is not written yet leaves its arguments unused.
#[allow(unused_imports, unused_variables, dead_code)]
#[path = "../src/one_shot_workers.rs"]
mod answer;
#[path = "checks/one_shot_workers.rs"]
mod check;

#[test]
fn one_shot_workers() -> Result<(), lab::check::Shown> {
    lab::check::judge(env!("CARGO_MANIFEST_DIR"), "one_shot_workers", check::check)
}
