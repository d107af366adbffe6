//! Checks src/drain_then_wait.rs.

// What is not written yet leaves its arguments unused.
#[allow(unused_imports, unused_variables, dead_code)]
#[path = "../src/drain_then_wait.rs"]
mod answer;
#[path = "checks/drain_then_wait.rs"]
mod check;

#[test]
fn drain_then_wait() -> Result<(), lab::check::Shown> {
    lab::check::judge(env!("CARGO_MANIFEST_DIR"), "drain_then_wait", check::check)
}
