//! Checks src/generation_tokens.rs.

// What is not written yet leaves its arguments unused.
#[allow(unused_imports, unused_variables, dead_code)]
#[path = "../src/generation_tokens.rs"]
mod answer;
#[path = "checks/generation_tokens.rs"]
mod check;

#[test]
fn generation_tokens() -> Result<(), lab::check::Shown> {
    lab::check::judge(env!("CARGO_MANIFEST_DIR"), "generation_tokens", check::check)
}
