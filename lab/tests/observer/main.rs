//! What an observation sees, and how truly.

mod calls;
mod interrupted;
mod processes;
mod signals;
mod support;
mod threads;
mod values;
