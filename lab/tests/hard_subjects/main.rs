//! Subjects that do what no subject should: each has a result, and leaves nothing behind.

mod ends;
mod floods;
mod kills;
mod late;
mod processes;
mod support;
