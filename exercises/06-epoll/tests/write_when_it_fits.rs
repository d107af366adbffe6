//! Checks src/write_when_it_fits.rs.

// What is not written yet leaves its arguments unused.
#[allow(unused_imports, unused_variables, dead_code)]
#[path = "../src/write_when_it_fits.rs"]
mod answer;
#[path = "checks/write_when_it_fits.rs"]
mod check;

#[test]
fn write_when_it_fits() -> Result<(), lab::check::Shown> {
    lab::check::judge(env!("CARGO_MANIFEST_DIR"), "write_when_it_fits", check::check)
}
