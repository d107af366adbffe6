//! Checks src/mend_the_seed_server.rs.

// What is not written yet leaves its arguments unused.
#[allow(unused_imports, unused_variables, dead_code)]
#[path = "../src/mend_the_seed_server.rs"]
mod answer;
#[path = "checks/mend_the_seed_server.rs"]
mod check;

#[test]
fn mend_the_seed_server() -> Result<(), lab::check::Shown> {
    lab::check::judge(env!("CARGO_MANIFEST_DIR"), "mend_the_seed_server", check::check)
}
