//! The laboratory under every chapter: it runs a piece of code and reads from the kernel what it did.
//!
//! - [`observe`] runs a closure in a process of its own and returns its I/O calls, decoded.
//! - [`unobserved`] makes a call that goes unseen, to measure what it costs.
//! - [`Lesson`] is what a demo may say besides its system calls; [`Chapter`] is a program of demos.
//! - [`transcript`] turns an observation into what a reader sees.
//! - [`testing`] is what every chapter's tests ask of its program.
//! - [`asleep`] tells whether a thread sleeps in a call, and in which.
//! - [`Kernel`] asks the kernel what it can do.

#![cfg_attr(not(feature = "tests"), allow(dead_code, unused_imports, reason = "some of it only tests use"))]

mod asleep;
mod calls;
#[cfg(feature = "tests")]
pub mod check;
mod kernel;
mod lesson;
mod nearest;
mod observe;
mod options;
mod predict;
mod program;
#[cfg(feature = "tests")]
pub mod service;
mod show;
#[cfg(feature = "tests")]
pub mod testing;
mod timeline;
pub mod transcript;
mod wire;
mod words;

pub use asleep::{Sleep, asleep};
pub use calls::{Family, Set, Value, errno_name, signal_name};
pub use kernel::Kernel;
pub use lesson::{Choice, Lesson, Turn};
pub use observe::{Actor, Call, Ending, Event, Observation, Outcome, Stuck, observe, unobserved};
pub use program::{Chapter, Demo};
pub use wire::Wire;
pub use words::Word;
