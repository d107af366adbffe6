//! The iterative echo server: one client at a time, from its first byte to its last.
//!
//! Every call sleeps until it can do its work: `accept` until somebody comes, `read` until the
//! client speaks, `write` until it listens. There is no state but the place where the one thread
//! sleeps, and that makes it the shortest server there is. The price: while it waits for one
//! client, everybody else waits in the listener's queue.
//!
//! Rests on: socket(7), tcp(7), accept(2), signal(7); UNPv3 section 30.2, "TCP Iterative Server".

use std::fmt::{self, Display};
use std::io::{self, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::libc::c_int;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use nix::sys::socket::{
    AddressFamily, Backlog, Shutdown, SockFlag, SockType, SockaddrIn, accept4, bind, getsockname, listen, setsockopt,
    shutdown, socket, sockopt,
};
use nix::sys::time::TimeVal;
use nix::unistd::{read, write};

/// How many clients may wait in the kernel for their turn; net.core.somaxconn caps it.
const BACKLOG: i32 = 1024;
/// What one `read` takes at most.
const BUFFER_BYTES: usize = 64 * 1024;
/// How long to leave a client in the queue when there is no descriptor for it.
const NO_DESCRIPTOR_PAUSE: Duration = Duration::from_millis(100);
/// How long any one call may still sleep once the server has been told to stop.
const GRACE: Duration = Duration::from_secs(2);

// ANCHOR: serve
/// Serves on `port` of loopback (0 picks a free one) until SIGINT or SIGTERM.
pub fn serve(port: u16) -> io::Result<()> {
    let listener = listen_on(port)?;
    stop_on_signals(&listener)?;
    let port = getsockname::<SockaddrIn>(listener.as_raw_fd())?.port();
    tell(io::stdout(), format_args!("listening on 127.0.0.1:{port}"));

    let mut totals = Totals::default();
    let ended = serve_each(&listener, &mut totals);
    // Before the close: afterwards the number may mean another file.
    LISTENER.store(NONE, SeqCst);
    // The kernel resets whoever still stands in the queue: no byte of theirs has been read.
    drop(listener);
    tell(io::stdout(), totals);
    ended
}

/// Serves one client after the other until the server is to stop.
fn serve_each(listener: &OwnedFd, totals: &mut Totals) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER_BYTES];
    while let Some(client) = next_client(listener)? {
        totals.clients += 1;
        CLIENT.store(client.as_raw_fd(), SeqCst);
        // Contract: an error of one client ends that client, not the server.
        match echo(&client, &mut buffer, &mut totals.bytes) {
            Ok(End::Closed) => {}
            // EAGAIN: even in the time that a stop leaves it, this client did not read.
            Ok(End::Stopped) | Err(Errno::EAGAIN) => totals.still_open += 1,
            Err(_) => totals.resets += 1,
        }
        CLIENT.store(NONE, SeqCst);
        drop(client);
    }
    Ok(())
}
// ANCHOR_END: serve

// ANCHOR: listen
/// A listening socket on `port` of loopback.
fn listen_on(port: u16) -> io::Result<OwnedFd> {
    let listening = || {
        let listener = socket(AddressFamily::Inet, SockType::Stream, SockFlag::SOCK_CLOEXEC, None)?;
        // Connections that a former server closed first hold the port for a minute (TIME_WAIT):
        // without this a restart is refused. A port that somebody listens on is refused still.
        setsockopt(&listener, sockopt::ReuseAddr, &true)?;
        bind(listener.as_raw_fd(), &SockaddrIn::new(127, 0, 0, 1, port))?;
        // Contract: an explicit backlog.
        listen(&listener, Backlog::new(BACKLOG)?)?;
        Ok(listener)
    };
    // Contract: an error says what was tried, what the kernel answered, and what to do next.
    listening().map_err(|errno: Errno| {
        let next = match errno {
            Errno::EADDRINUSE => "another socket has that port (see `ss -tanp`): end it, or use --port 0",
            Errno::EACCES => "a port this low needs CAP_NET_BIND_SERVICE: use one from 1024 on, or --port 0",
            Errno::EMFILE => "this process may open no more descriptors: raise `ulimit -n`",
            _ => "see socket(2), bind(2) and listen(2)",
        };
        let error = format!("cannot listen on 127.0.0.1:{port}: {errno}; {next}");
        io::Error::new(io::Error::from(errno).kind(), error)
    })
}
// ANCHOR_END: listen

// ANCHOR: accept
/// The next client in the queue; `None` once the server is to stop.
fn next_client(listener: &OwnedFd) -> io::Result<Option<OwnedFd>> {
    let mut complained = false;
    while !STOPPING.load(SeqCst) {
        match accept4(listener.as_raw_fd(), SockFlag::SOCK_CLOEXEC) {
            // SAFETY: accept4 has just made this descriptor, and nobody else knows it.
            Ok(client) => return Ok(Some(unsafe { OwnedFd::from_raw_fd(client) })),
            // Contract: EINTR. A signal came: the loop asks whether it was one to stop for. EAGAIN
            // is what a sleep with a limit ends in, and only `limit_sleep` sets one.
            Err(Errno::EINTR | Errno::EAGAIN) => {}
            // Contract: EMFILE. Clients keep their place in the queue, and what they send is kept for
            // them. The next accept would fail at once, with nobody in the queue too: Linux takes the
            // descriptor first and waits for the client second. Without the pause this would spin.
            Err(errno @ (Errno::EMFILE | Errno::ENFILE | Errno::ENOBUFS | Errno::ENOMEM)) => {
                if !complained {
                    complained = true;
                    tell(io::stderr(), format_args!("accept: {errno}; clients wait in the queue until one is free"));
                }
                thread::sleep(NO_DESCRIPTOR_PAUSE);
            }
            // These mean the listener, not a client: to try again would be to fail for ever.
            Err(errno @ (Errno::EBADF | Errno::EINVAL | Errno::ENOTSOCK)) => return Err(errno.into()),
            // Contract: ECONNABORTED. The client gave up while it queued; on Linux accept may hand on
            // any other error of that connection too. It has left the queue: on to the next.
            Err(_) => {}
        }
    }
    Ok(None)
}
// ANCHOR_END: accept

// ANCHOR: echo
/// How a client's service ended, where nothing failed.
enum End {
    /// The client had no more to say and has all its bytes.
    Closed,
    /// The server was told to stop.
    Stopped,
}

/// Serves one client: each byte back to it, in order, until it has no more to say.
fn echo(client: &OwnedFd, buffer: &mut [u8], echoed: &mut u64) -> nix::Result<End> {
    while !STOPPING.load(SeqCst) {
        let got = match read(client, buffer) {
            // Contract: half-close. End of file means that the client sends no more; it may well still
            // receive. All that came before has been written, and close sends the FIN behind it.
            Ok(0) => return Ok(End::Closed),
            Ok(got) => got,
            Err(Errno::EINTR | Errno::EAGAIN) => continue,
            // Contract: resets. ECONNRESET, and ETIMEDOUT and its like when the network is gone.
            Err(errno) => return Err(errno),
        };
        // Contract: slow readers. While the client's and our buffers are full, write sleeps. So
        // nothing is read that cannot be sent, memory stays bounded, and everybody behind waits.
        let mut rest = &buffer[..got];
        while !rest.is_empty() {
            match write(client, rest) {
                // Contract: partial writes. A signal in the middle ends a sleeping write with what it
                // has copied so far, a signal that only stopped and continued the process too.
                Ok(taken) => {
                    rest = &rest[taken..];
                    *echoed += taken as u64;
                }
                Err(Errno::EINTR) => {}
                // The connection was reset: ECONNRESET, or EPIPE. The signal that would come with EPIPE
                // and end the process, SIGPIPE, is ignored in every Rust program.
                Err(errno) => return Err(errno),
            }
        }
    }
    part_from(client, buffer);
    Ok(End::Stopped)
}
// ANCHOR_END: echo

// ANCHOR: stop
// A signal is a moment, and a server that only sets a flag in its handler can miss it: when the handler
// runs after the look at the flag and before accept, no call is there to interrupt, and accept sleeps for
// ever. EINTR helps a call that sleeps already, not one that is about to.
//
// So the handler leaves behind what lasts: a limit to every sleep, on the descriptors themselves. A call
// that slept when the signal came ends with EINTR, one that started later ends with EAGAIN within GRACE,
// and either way the loop looks at the flag again.
//
// Why not otherwise: shutdown(2) in the handler wakes accept and read, and keeps them awake, but not the
// write to a client that does not read. A thread that takes the signals with sigwait(3) must know as much
// of these descriptors as the handler, and threads come later (chapter 03). What closes the gap itself,
// pselect and ppoll, are chapters 04 and 05.

/// No descriptor.
const NONE: i32 = -1;
/// Set by the first SIGINT or SIGTERM.
static STOPPING: AtomicBool = AtomicBool::new(false);
/// The descriptors on which this server may sleep: a handler has no other way to learn of them.
static LISTENER: AtomicI32 = AtomicI32::new(NONE);
static CLIENT: AtomicI32 = AtomicI32::new(NONE);

/// Makes SIGINT and SIGTERM end the loops above.
fn stop_on_signals(listener: &OwnedFd) -> nix::Result<()> {
    LISTENER.store(listener.as_raw_fd(), SeqCst);
    // Contract: a clean stop. Without SA_RESTART, so that a sleeping call ends when the handler has run.
    let action = SigAction::new(SigHandler::Handler(told_to_stop), SaFlags::empty(), SigSet::all());
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        // SAFETY: the handler calls nothing but setsockopt, which signal-safety(7) allows, and
        // touches nothing but atomics and errno, which it puts back.
        unsafe { sigaction(signal, &action)? };
    }
    Ok(())
}

extern "C" fn told_to_stop(_signal: c_int) {
    let errno = Errno::last_raw();
    // First the flag: a client that is accepted after the loads below is not limited by them, but
    // `echo` looks at the flag before its first read.
    STOPPING.store(true, SeqCst);
    for descriptor in [LISTENER.load(SeqCst), CLIENT.load(SeqCst)] {
        if descriptor != NONE {
            // SAFETY: a number is taken out of these before its descriptor is closed, and nobody closes
            // one meanwhile: the only thread is in this handler.
            limit_sleep(unsafe { BorrowedFd::borrow_raw(descriptor) });
        }
    }
    Errno::set_raw(errno);
}

/// From now on no call on `socket` sleeps longer than `GRACE`; it ends with EAGAIN.
fn limit_sleep(socket: BorrowedFd<'_>) {
    let limit = TimeVal::new(GRACE.as_secs().cast_signed(), 0);
    // An open socket takes any sane limit: these cannot fail.
    let _ = setsockopt(&socket, sockopt::ReceiveTimeout, &limit);
    let _ = setsockopt(&socket, sockopt::SendTimeout, &limit);
}

/// Ends the service of a client that was not done; all that was read from it has been written.
fn part_from(client: &OwnedFd, buffer: &mut [u8]) {
    limit_sleep(client.as_fd());
    // To close a socket that holds unread bytes, or to which more are on their way, is to reset the
    // connection (RFC 1122 section 4.2.2.13), and a reset throws away the echoes still in our send
    // buffer. So say FIN, and then listen for a while to what nobody will answer.
    let mut open = shutdown(client.as_raw_fd(), Shutdown::Write).is_ok();
    let end = Instant::now() + GRACE;
    while open && Instant::now() < end {
        open = matches!(read(client, &mut *buffer), Ok(1..) | Err(Errno::EINTR));
    }
}
// ANCHOR_END: stop

// ANCHOR: totals
/// What the server has done, for its last line.
#[derive(Debug, Default)]
struct Totals {
    /// Clients accepted.
    clients: u64,
    /// Bytes echoed.
    bytes: u64,
    /// Clients whose connection failed.
    resets: u64,
    /// Clients that were not done when the server was told to stop.
    still_open: u64,
}

impl Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Totals { clients, bytes, resets, still_open } = self;
        write!(f, "totals: clients {clients}, bytes {bytes}, resets {resets}, still open {still_open}")
    }
}

/// Prints a line. A server does not end for want of somebody who reads its lines, so where `println!`
/// would panic, because `out` is closed, full or gone, this does without.
fn tell(mut out: impl Write, line: impl Display) {
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
// ANCHOR_END: totals
