//! What a subject writes: read to the end, and the first of it kept.

use std::io::{self, PipeReader, Read};
use std::os::fd::AsRawFd;

use super::subject::BEGINNING;

/// How much of a subject's output is kept, in bytes.
pub(super) const OUTPUT_KEPT: usize = 64 << 10;
/// The most that a pipe holds, for an unprivileged process (pipe(7), pipe-max-size).
const PIPE_HOLDS: usize = 1 << 20;
/// How often it is asked whether the writers are gone, where none of them closes the pipe, in milliseconds.
const LOOK_INTERVAL: i32 = 20;

/// Reads a pipe, so that no writer ever waits for us, and keeps the first `keep` bytes: to its end, or, where
/// somebody holds on to it who is not ours to end, until `over` and nothing is left in it. Returns what is
/// kept, and how much came in all.
pub(super) fn drain(mut pipe: PipeReader, keep: usize, over: impl Fn() -> bool) -> (Vec<u8>, u64) {
    let mut kept = Vec::new();
    let mut length = 0;
    let mut buffer = [0; 64 << 10];
    let mut last = None;
    set_nonblocking(&pipe);
    while last.is_none_or(|left| left > 0) {
        match pipe.read(&mut buffer) {
            Ok(0) => break,
            Ok(got) => {
                length += got as u64;
                kept.extend_from_slice(&buffer[..got.min(keep - kept.len())]);
                last = last.map(|left: usize| left.saturating_sub(got));
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) if last.is_some() => break,
            Err(_) if over() => last = Some(PIPE_HOLDS),
            Err(_) => wait_for_data(&pipe),
        }
    }
    (kept, length)
}

/// Without the test framework's own words before it.
pub(super) fn of_the_closure((mut kept, length): (Vec<u8>, u64)) -> (Vec<u8>, u64) {
    let begins = kept.windows(BEGINNING.len()).position(|window| window == BEGINNING);
    let before = begins.map_or(0, |place| place + BEGINNING.len());
    kept.drain(..before);
    (kept, length - before as u64)
}

fn set_nonblocking(pipe: &PipeReader) {
    // SAFETY: integers only. The writers' end is another description, and stays as it is.
    unsafe { libc::fcntl(pipe.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) };
}

fn wait_for_data(pipe: &PipeReader) {
    let mut waiting = libc::pollfd { fd: pipe.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    // SAFETY: one pollfd is there. Whatever it returns, the pipe is looked at again.
    unsafe { libc::poll(&raw mut waiting, 1, LOOK_INTERVAL) };
}
