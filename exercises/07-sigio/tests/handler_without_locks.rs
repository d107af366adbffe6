//! Checks src/handler_without_locks.rs.

/// The check sends a signal into the middle of an allocation.
#[global_allocator]
static HEAP: lab::check::InterruptedHeap = lab::check::InterruptedHeap;

// What is not written yet leaves its arguments unused.
#[allow(unused_imports, unused_variables, dead_code)]
#[path = "../src/handler_without_locks.rs"]
mod answer;
#[path = "checks/handler_without_locks.rs"]
mod check;

#[test]
fn handler_without_locks() -> Result<(), lab::check::Shown> {
    lab::check::judge(env!("CARGO_MANIFEST_DIR"), "handler_without_locks", check::check)
}
