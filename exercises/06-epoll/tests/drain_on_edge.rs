//! Checks src/drain_on_edge.rs.

// What is not written yet leaves its arguments unused.
#[allow(unused_imports, unused_variables, dead_code, clippy::ptr_arg)]
#[path = "../src/drain_on_edge.rs"]
mod answer;
#[path = "checks/drain_on_edge.rs"]
mod check;

#[test]
fn drain_on_edge() -> Result<(), lab::check::Shown> {
    lab::check::judge(env!("CARGO_MANIFEST_DIR"), "drain_on_edge", check::check)
}
