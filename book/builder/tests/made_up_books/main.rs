//! Small books: sound ones are built, and each way of spoiling one is told by file, line and remedy.

mod book;
mod building;
mod faults;
