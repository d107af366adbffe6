//! # Peek at the header
//!
//! A record is four bytes that tell a length, and then so many bytes. Records that are short enough are yours. A
//! longer one is somebody else's: another function, thread or process is to read it from the same socket, header and
//! all. So you have to know the length before you take anything.
//!
//! Write the function that takes the next record, whole and no more, or leaves it as it is.
//!
//! The rule: MSG_PEEK copies bytes and leaves them in the socket (recv(2)). A peek sleeps while nothing is there;
//! with one byte there it returns at once, and so will the next one.
//! Also true: with MSG_WAITALL a peek at a TCP socket waits for all it asks for, but for a signal, an error or the end
//! of the stream; SO_RCVLOWAT tells from how many bytes on a TCP socket counts as readable (socket(7)).
//!
//! Book: chapter 01, "Flags of a receive"
//! Check: cargo xtask check peek_header
//! Kind: stretch
//! Order: 1

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{MsgFlags, recv};

/// The length of a header: a length in network byte order, which does not count the header itself.
const HEADER: usize = 4;

/// What comes next on a stream of records.
pub enum Next {
    /// A record, without its header. It is taken, and nothing behind it.
    Record(Vec<u8>),
    /// A record that is longer than asked for: so many bytes. All of it is still there.
    TooLong(usize),
    /// No further record: the stream has ended.
    End,
}

/// Takes the next record from the TCP socket `from`, where it has at most `limit` bytes.
///
/// # Errors
/// `UnexpectedEof` where the stream ends in mid-record; else whatever the calls report, but for EINTR. The socket
/// itself is left as it was.
pub fn next_record(from: BorrowedFd<'_>, limit: usize) -> io::Result<Next> {
    todo!("look at the header until all of it is there, and take the record or leave it")
}
