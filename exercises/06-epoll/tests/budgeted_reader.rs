//! Checks src/budgeted_reader.rs.

// What is not written yet leaves its arguments unused.
#[allow(unused_imports, unused_variables, dead_code)]
#[path = "../src/budgeted_reader.rs"]
mod answer;
#[path = "checks/budgeted_reader.rs"]
mod check;

#[test]
fn budgeted_reader() -> Result<(), lab::check::Shown> {
    lab::check::judge(env!("CARGO_MANIFEST_DIR"), "budgeted_reader", check::check)
}
