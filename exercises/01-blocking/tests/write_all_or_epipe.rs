//! Checks src/write_all_or_epipe.rs.

// What is not written yet leaves its arguments unused.
#[allow(unused_imports, unused_variables, dead_code)]
#[path = "../src/write_all_or_epipe.rs"]
mod answer;
#[path = "checks/write_all_or_epipe.rs"]
mod check;

#[test]
fn write_all_or_epipe() -> Result<(), lab::check::Shown> {
    lab::check::judge(env!("CARGO_MANIFEST_DIR"), "write_all_or_epipe", check::check)
}
