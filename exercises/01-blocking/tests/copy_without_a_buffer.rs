//! Checks src/copy_without_a_buffer.rs.

// What is not written yet leaves its arguments unused.
#[allow(unused_imports, unused_variables, dead_code)]
#[path = "../src/copy_without_a_buffer.rs"]
mod answer;
#[path = "checks/copy_without_a_buffer.rs"]
mod check;

#[test]
fn copy_without_a_buffer() -> Result<(), lab::check::Shown> {
    lab::check::judge(env!("CARGO_MANIFEST_DIR"), "copy_without_a_buffer", check::check)
}
