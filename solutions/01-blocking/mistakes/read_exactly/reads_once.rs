//! Reads once, and takes what came for the record. The classic: it passes every test on one machine, where
//! a small message comes in one piece (UNPv3 section 3.9).

use std::io;
use std::os::fd::BorrowedFd;

use nix::errno::Errno;
use nix::unistd::read;

pub fn read_exactly(from: BorrowedFd<'_>, record: &mut [u8]) -> io::Result<bool> {
    loop {
        match read(from, record) {
            Err(Errno::EINTR) => {}
            got => return Ok(got? > 0),
        }
    }
}
