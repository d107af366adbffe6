//! Another right answer, as in UNPv3 chapter 25: plain SIGIO, handlers that set a flag and do nothing else, and
//! sigsuspend, which lets them in for as long as it sleeps.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use nix::sys::socket::{MsgFlags, SockaddrIn, recvfrom, sendto};
use nix::unistd::getpid;

static ARRIVED: AtomicBool = AtomicBool::new(true);
static ENDING: AtomicBool = AtomicBool::new(false);

extern "C" fn arrived(_: libc::c_int) {
    ARRIVED.store(true, SeqCst);
}

extern "C" fn ending(_: libc::c_int) {
    ENDING.store(true, SeqCst);
}

pub fn serve(socket: BorrowedFd<'_>) -> io::Result<usize> {
    let mut both = SigSet::empty();
    for (signal, handler) in [(Signal::SIGIO, arrived as extern "C" fn(_)), (Signal::SIGTERM, ending)] {
        both.add(signal);
        let action = SigAction::new(SigHandler::Handler(handler), SaFlags::empty(), SigSet::empty());
        // SAFETY: the handlers store into an atomic and return.
        unsafe { sigaction(signal, &action) }?;
    }
    both.thread_block()?;
    // SAFETY: integers only.
    Errno::result(unsafe { libc::fcntl(socket.as_raw_fd(), libc::F_SETOWN, getpid().as_raw()) })?;
    fcntl(socket, FcntlArg::F_SETFL(OFlag::O_ASYNC | OFlag::O_NONBLOCK))?;
    let mut buffer = vec![0; 65_536];
    let mut answered = 0;
    while !ENDING.load(SeqCst) {
        while ARRIVED.swap(false, SeqCst) {
            while let Ok((got, from)) = recvfrom::<SockaddrIn>(socket.as_raw_fd(), &mut buffer) {
                let from = from.ok_or(Errno::EDESTADDRREQ)?;
                sendto(socket.as_raw_fd(), &buffer[..got], &from, MsgFlags::empty())?;
                answered += 1;
            }
        }
        SigSet::empty().suspend()?;
    }
    Ok(answered)
}
