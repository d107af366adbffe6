//! Lets a thread read, and waits for its answer through a channel, which has a timeout. One meets it as the way to give
//! any call a deadline: the caller goes on, and the thread still sits in the read.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::BorrowedFd;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

pub fn read_with_a_deadline(from: BorrowedFd<'_>, message: &mut [u8], within: Duration) -> io::Result<()> {
    let mut stream = File::from(from.try_clone_to_owned()?);
    let length = message.len();
    let (tells, told) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = vec![0; length];
        let read = stream.read_exact(&mut bytes).map(|()| bytes);
        // Nobody may be there any more.
        let _ = tells.send(read);
    });
    match told.recv_timeout(within) {
        Ok(read) => message.copy_from_slice(&read?),
        Err(_) => return Err(io::ErrorKind::TimedOut.into()),
    }
    Ok(())
}
