//! A line that a buffered reader holds is no news to select or poll: it is not in the kernel any more.
//!
//! Two lines arrive together. `fgets`, or here a `BufReader`, reads as much as there is, hands out the first line and
//! keeps the second. The kernel's side is empty now, so the next wait sleeps, with a whole line in the program's own
//! memory. Who waits by descriptor must read by descriptor, or ask the buffer first.
//!
//! Rests on: UNPv3 section 6.5, "Batch Input and Buffering"; select(2), poll(2).

use std::io::{self, BufRead, BufReader};
use std::os::fd::AsFd;

use lab::Lesson;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::select::{FdSet, select};
use nix::sys::time::{TimeVal, TimeValLike};
use nix::unistd::write;

/// Reads one of two lines, and waits for the next.
pub fn line_in_the_buffer(lesson: &Lesson) -> io::Result<()> {
    let (terminal, keyboard) = lesson.quietly(io::pipe)?;
    lesson.name(&terminal, "stdin");
    lesson.name(&keyboard, "keyboard");
    let mut input = BufReader::new(&terminal);

    write(&keyboard, b"first\nsecond\n")?;
    let mut line = String::new();
    input.read_line(&mut line)?;
    let ready = lesson.predict(
        "The program has been handed the first line, and asks the kernel for more. What does poll say?",
        &[
            ("nothing", ""),
            ("stdin: IN", "It has come, but the kernel no longer holds it: one read has taken both lines."),
        ],
        || poll(&mut [PollFd::new(terminal.as_fd(), PollFlags::POLLIN)], PollTimeout::ZERO),
    )?;
    let mut readable = FdSet::new();
    readable.insert(terminal.as_fd());
    let selected = select(None, &mut readable, None, None, &mut TimeVal::zero())?;
    lesson.say("and yet the next line can be had without a call");
    let held = input.buffer().to_owned();
    lesson.observe(
        "C179",
        "after a buffered read select and poll are silent about the lines that the buffer holds",
        (ready, selected) == (0, 0) && held == b"second\n" && line == "first\n",
    );
    lesson.quietly(|| drop((terminal, keyboard)));
    Ok(())
}
