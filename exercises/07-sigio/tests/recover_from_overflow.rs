//! Checks src/recover_from_overflow.rs.

// What is not written yet leaves its arguments unused.
#[allow(unused_imports, unused_variables, dead_code)]
#[path = "../src/recover_from_overflow.rs"]
mod answer;
#[path = "checks/recover_from_overflow.rs"]
mod check;

#[test]
fn recover_from_overflow() -> Result<(), lab::check::Shown> {
    lab::check::judge(env!("CARGO_MANIFEST_DIR"), "recover_from_overflow", check::check)
}
