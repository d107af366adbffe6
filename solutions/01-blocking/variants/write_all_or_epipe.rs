//! Another right answer, and the one that works for pipes too: block SIGPIPE in this thread, write, and take
//! the signal off the queue where one came. (A SIGPIPE that was pending before is not ours to take.)

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::mem::ManuallyDrop;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd};
use std::ptr;

use nix::sys::signal::{SigSet, SigmaskHow, Signal, pthread_sigmask};

pub enum Sent {
    All,
    ReaderGone,
}

pub fn write_all_or_epipe(to: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<Sent> {
    let mut broken = SigSet::empty();
    broken.add(Signal::SIGPIPE);
    let mut before = SigSet::empty();
    pthread_sigmask(SigmaskHow::SIG_BLOCK, Some(&broken), Some(&mut before))?;
    // SAFETY: the descriptor is open for as long as it is lent; ManuallyDrop leaves it open.
    let mut file = ManuallyDrop::new(unsafe { File::from_raw_fd(to.as_raw_fd()) });
    let sent = match file.write_all(bytes) {
        Ok(()) => Ok(Sent::All),
        Err(error) if matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) => {
            Ok(Sent::ReaderGone)
        }
        Err(error) => Err(error),
    };
    if matches!(sent, Ok(Sent::ReaderGone)) {
        let at_once = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: the set and the time outlive the call; nobody wants the siginfo.
        unsafe { libc::sigtimedwait(broken.as_ref(), ptr::null_mut(), &raw const at_once) };
    }
    pthread_sigmask(SigmaskHow::SIG_SETMASK, Some(&before), None)?;
    sent
}
