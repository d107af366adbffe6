//! The echo server's contract, as checks of a built program.
//!
//! Twelve chapters serve one service, so one set of checks is enough. Each check takes the path
//! of a chapter's program, starts `PROGRAM serve --port 0`, plays the clients, stops the server,
//! and compares its totals with what the clients saw. What a program must print for that: first
//! `listening on 127.0.0.1:PORT`, last `totals: clients N, bytes N, resets N, still open N`, and on
//! standard error a line with `EMFILE` when it must leave a client in the queue.
//!
//! No check sleeps to let the other side run: a check waits for the state itself, and
//! `DEADLINE` ends whatever does not come. Everything here panics where the server does not keep the
//! contract or the host refuses a call: that is how a test fails.

#![allow(clippy::missing_panics_doc, reason = "said above for all")]

mod client;
mod contract;
mod crowd;
mod many;
mod process;
mod server;
mod sockets;

use std::io::{self, Write};

pub use client::*;
pub use contract::*;
pub use crowd::*;
pub use many::*;
pub use process::*;
pub use server::*;

/// A test for each check named: the checks of this module, over one program, which the tests that
/// follow can use as `PROGRAM`.
#[macro_export]
macro_rules! echo_server {
    ($program:literal: $($check:ident)*) => {
        const PROGRAM: &str = env!(concat!("CARGO_BIN_EXE_", $program));

        $(
            #[test]
            fn $check() {
                $crate::service::$check(PROGRAM);
            }
        )*
    };
}

/// Says that a check was left out, past the test framework, which would swallow it.
pub fn skip(reason: &str) {
    // Nothing is lost where nobody reads it.
    let _ = writeln!(io::stderr(), "SKIPPED: {reason}");
}
