//! The way to the server, in six stages: each has one fault, which the next one mends.
//!
//! A stage is a loop of turns: one wait, and what it brings. It keeps no more than its point needs. What
//! none of them does, and the server does: tokens with generations, EMFILE, a stop.

pub mod clients;
pub mod door;
pub mod s1_level;
pub mod s2_nonblocking;
pub mod s3_edge;
pub mod s4_drained;
pub mod s5_fair;
pub mod s6_back_pressured;
