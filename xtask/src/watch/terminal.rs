//! The reader's terminal: keys without Enter, unseen, and all as it was when we leave.
//!
//! ^C and ^Z stay signals, and a line's end stays a line's end: only ICANON and ECHO go, termios(3).

use std::io::{self, IsTerminal, Write};
use std::mem::MaybeUninit;
use std::os::fd::AsRawFd;

/// A terminal whose keys are ours. It becomes the reader's again when this is dropped, in a panic too.
#[derive(Debug)]
pub struct Keys(Option<libc::termios>);

impl Keys {
    /// Takes the keys of standard input, where that is a terminal and we are in its foreground.
    pub fn take() -> Keys {
        let input = io::stdin().as_raw_fd();
        let mut before = MaybeUninit::uninit();
        // SAFETY: the kernel writes one struct termios, and nothing where the call fails.
        let got = unsafe { libc::tcgetattr(input, before.as_mut_ptr()) } == 0;
        // SAFETY: integers only.
        let foreground = unsafe { libc::tcgetpgrp(input) == libc::getpgrp() };
        if !got || !foreground {
            return Keys(None);
        }
        // SAFETY: tcgetattr has succeeded, so it is initialised.
        let before = unsafe { before.assume_init() };
        let mut now = before;
        now.c_lflag &= !(libc::ICANON | libc::ECHO);
        now.c_cc[libc::VMIN] = 1;
        now.c_cc[libc::VTIME] = 0;
        set(&now);
        Keys(Some(before))
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            set(before);
        }
    }
}

fn set(to: &libc::termios) {
    // In the background this would stop us with SIGTTOU; whoever takes keys has blocked that.
    // SAFETY: the kernel reads one struct termios.
    unsafe { libc::tcsetattr(io::stdin().as_raw_fd(), libc::TCSANOW, to) };
}

/// What the reader sees.
pub struct Screen<'a> {
    out: &'a mut dyn Write,
    /// Whether lines can be taken back.
    able: bool,
    prompted: bool,
}

const PROMPT: &str = "h hint, l list, r run again, n next, q quit > ";

impl<'a> Screen<'a> {
    /// A screen with nothing on it yet.
    pub fn new(out: &'a mut dyn Write) -> Screen<'a> {
        let able = io::stdout().is_terminal() && std::env::var("TERM").is_ok_and(|term| term != "dumb");
        Screen { out, able, prompted: false }
    }

    /// Begins a new page, where there are pages.
    pub fn page(&mut self) -> io::Result<()> {
        if self.able {
            self.prompted = false;
            self.out.write_all(b"\x1b[2J\x1b[H")?;
        }
        Ok(())
    }

    /// Shows whole lines.
    pub fn show(&mut self, text: &str) -> io::Result<()> {
        if std::mem::take(&mut self.prompted) {
            self.out.write_all(if self.able { b"\r\x1b[K" } else { b"\n" })?;
        }
        self.out.write_all(text.as_bytes())?;
        if !text.ends_with('\n') {
            self.out.write_all(b"\n")?;
        }
        self.out.flush()
    }

    /// Shows that a key may be pressed.
    pub fn prompt(&mut self) -> io::Result<()> {
        if self.prompted && !self.able {
            self.out.write_all(b"\n")?;
        }
        if self.able {
            self.out.write_all(b"\r\x1b[K")?;
        }
        self.prompted = true;
        self.out.write_all(PROMPT.as_bytes())?;
        self.out.flush()
    }

    /// Leaves the cursor at the beginning of a line.
    pub fn leave(&mut self) {
        if std::mem::take(&mut self.prompted) {
            // Where nobody sees it, it does not matter where the cursor is.
            let _ = self.out.write_all(b"\n").and_then(|()| self.out.flush());
        }
    }
}
