//! Checks src/arm_a_descriptor.rs.

// What is not written yet leaves its arguments unused.
#[allow(unused_imports, unused_variables, dead_code)]
#[path = "../src/arm_a_descriptor.rs"]
mod answer;
#[path = "checks/arm_a_descriptor.rs"]
mod check;

#[test]
fn arm_a_descriptor() -> Result<(), lab::check::Shown> {
    lab::check::judge(env!("CARGO_MANIFEST_DIR"), "arm_a_descriptor", check::check)
}
