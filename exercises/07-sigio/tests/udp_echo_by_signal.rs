//! Checks src/udp_echo_by_signal.rs.

// What is not written yet leaves its arguments unused.
#[allow(unused_imports, unused_variables, dead_code)]
#[path = "../src/udp_echo_by_signal.rs"]
mod answer;
#[path = "checks/udp_echo_by_signal.rs"]
mod check;

#[test]
fn udp_echo_by_signal() -> Result<(), lab::check::Shown> {
    lab::check::judge(env!("CARGO_MANIFEST_DIR"), "udp_echo_by_signal", check::check)
}
