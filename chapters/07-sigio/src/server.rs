//! The signal-driven echo server: the kernel queues a signal for each event, and one call takes them.
//!
//! There is one wait for everything: `sigtimedwait` over I/O on every descriptor, SIGINT, SIGTERM and a timeout. No
//! handler runs. A signal names a descriptor (`si_fd`) and is taken for a hint: look there. What there is to do, the
//! descriptor itself says, so a signal that comes late, twice, or for a number that now means another client costs
//! one call that finds nothing. A signal that never comes would cost a client; so when the kernel could not queue
//! one it sends a plain SIGIO, which names nobody, and `poll` then looks at all.
//!
//! Rests on: fcntl(2), "Managing signals"; signal(7), "Real-time signals"; sigwaitinfo(2); socket(7); UNPv3 chapter 25.

use std::collections::HashMap;
use std::fmt::{self, Display};
use std::io::{self, Write};
use std::mem;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{MsgFlags, Shutdown, SockFlag, SockaddrIn, accept4, getsockname, recvfrom, sendto, shutdown};
use nix::unistd::{read, write};

use crate::events::{Events, News};
use crate::listen::listen_on;

/// What one `read` takes at most; no datagram is longer either.
const BUFFER_BYTES: usize = 64 * 1024;
/// How many reads a client is served before the others get their turn.
const TURN: usize = 16;
/// How long to leave a client in the queue when there is no descriptor for it.
const NO_DESCRIPTOR_PAUSE: Duration = Duration::from_millis(100);
/// For how long, once told to stop, to wait for clients that take nothing.
const GRACE: Duration = Duration::from_secs(2);

// ANCHOR: serve
/// Serves on `port` of loopback (0 picks a free one) until SIGINT or SIGTERM.
pub fn serve(port: u16) -> io::Result<()> {
    let (listener, datagrams) = listen_on(port)?;
    serve_on(listener, datagrams)
}

/// Serves on these sockets.
pub fn serve_on(listener: OwnedFd, datagrams: OwnedFd) -> io::Result<()> {
    let port = getsockname::<SockaddrIn>(listener.as_raw_fd())?.port();
    // Contract: a clean stop. Blocked before anybody can know that we are here, a signal of any kind waits to
    // be taken: it interrupts nothing, and comes too early for nobody.
    let events = Events::block()?;
    tell(io::stdout(), format_args!("listening on 127.0.0.1:{port}"));
    let totals = Server::new(listener, datagrams, events)?.run()?;
    tell(io::stdout(), totals);
    Ok(())
}
// ANCHOR_END: serve

// ANCHOR: run
/// A client, and what was read of it and is still to be written.
struct Client {
    socket: OwnedFd,
    rest: Vec<u8>,
    /// It has been told that no more will come: it is only listened to until it goes.
    parted: bool,
}

struct Server {
    listener: Option<OwnedFd>,
    datagrams: OwnedFd,
    events: Events,
    clients: HashMap<RawFd, Client>,
    /// Where there may be something to do.
    look_at: Vec<RawFd>,
    /// A datagram that there was no room for.
    unsent: Option<(Vec<u8>, SockaddrIn)>,
    buffer: Vec<u8>,
    /// When to try again, for want of a descriptor.
    accept_at: Option<Instant>,
    /// Until when to go on, once told to stop.
    end: Option<Instant>,
    totals: Totals,
}

impl Server {
    fn new(listener: OwnedFd, datagrams: OwnedFd, events: Events) -> nix::Result<Server> {
        events.arm(&listener)?;
        events.arm(&datagrams)?;
        // Clients may have come before: no signal will tell.
        let look_at = vec![listener.as_raw_fd(), datagrams.as_raw_fd()];
        let (listener, buffer) = (Some(listener), vec![0; BUFFER_BYTES]);
        let (clients, totals) = (HashMap::new(), Totals::default());
        let (unsent, accept_at, end) = (None, None, None);
        Ok(Server { listener, datagrams, events, clients, look_at, unsent, buffer, accept_at, end, totals })
    }

    /// Serves until it is told to stop, and then until each client has what was read of it.
    fn run(mut self) -> nix::Result<Totals> {
        loop {
            // Contract: a clean stop waits for each client, and for nobody for ever.
            if self.end.is_some_and(|end| self.clients.is_empty() || Instant::now() >= end) {
                return Ok(self.totals);
            }
            self.take_signals();
            // One turn each; who is not done then is looked at again, after the signals.
            for descriptor in mem::take(&mut self.look_at) {
                if self.listener.as_ref().is_some_and(|listener| listener.as_raw_fd() == descriptor) {
                    self.accept()?;
                } else if descriptor == self.datagrams.as_raw_fd() {
                    self.echo_datagrams();
                } else {
                    self.serve_client(descriptor);
                }
            }
        }
    }

    /// Takes all signals that are queued; sleeps for the first where nothing else is to be done.
    fn take_signals(&mut self) {
        let until = self.end.or(self.accept_at).map(|time| time.saturating_duration_since(Instant::now()));
        let mut patience = if self.look_at.is_empty() { until } else { Some(Duration::ZERO) };
        let mut lost = false;
        while let Some(news) = self.events.take(patience) {
            patience = Some(Duration::ZERO);
            match news {
                News::Look(descriptor) => self.look_at.push(descriptor),
                News::Lost => lost = true,
                News::Stop => self.stop(),
            }
        }
        // After the queue is empty, not before: what comes in between is told twice, and not never.
        if lost {
            self.look_everywhere();
        }
        if self.accept_at.is_some_and(|time| Instant::now() >= time) {
            self.look_at.extend(self.listener.as_ref().map(AsRawFd::as_raw_fd));
        }
        // Ten signals for one descriptor are one reason to look.
        self.look_at.sort_unstable();
        self.look_at.dedup();
    }

    /// Contract: nothing is lost. A full queue has swallowed signals, and nobody knows whose. So ask every
    /// descriptor how it is: what came before this poll it tells, and what comes after sends a signal again.
    fn look_everywhere(&mut self) {
        self.totals.overflows += 1;
        let wanted = |rest: bool| if rest { PollFlags::POLLOUT } else { PollFlags::POLLIN };
        let mut all = vec![PollFd::new(self.datagrams.as_fd(), wanted(self.unsent.is_some()))];
        all.extend(self.listener.as_ref().map(|listener| PollFd::new(listener.as_fd(), wanted(false))));
        let clients = self.clients.values();
        all.extend(clients.map(|client| PollFd::new(client.socket.as_fd(), wanted(!client.rest.is_empty()))));
        // EINVAL, where there are more descriptors than RLIMIT_NOFILE by now: then it is a look at each.
        let told = poll(&mut all, PollTimeout::ZERO).is_ok();
        let ready = all.iter().filter(|one| !told || one.any().unwrap_or(true));
        self.look_at.extend(ready.map(|one| one.as_fd().as_raw_fd()));
    }
    // ANCHOR_END: run

    // ANCHOR: accept
    fn accept(&mut self) -> nix::Result<()> {
        while let Some(listener) = &self.listener {
            match accept4(listener.as_raw_fd(), SockFlag::SOCK_CLOEXEC) {
                Ok(socket) => {
                    // SAFETY: accept4 has just made this descriptor, and nobody else knows it.
                    let socket = unsafe { OwnedFd::from_raw_fd(socket) };
                    self.totals.clients += 1;
                    match self.events.arm(&socket) {
                        // Armed, then looked at: what the client sent before sends no signal.
                        Ok(()) => {
                            self.look_at.push(socket.as_raw_fd());
                            self.clients.insert(socket.as_raw_fd(), Client { socket, rest: Vec::new(), parted: false });
                        }
                        Err(_) => self.totals.resets += 1,
                    }
                }
                // One look is for all: two clients may have sent one signal between them.
                Err(Errno::EAGAIN) => {
                    self.accept_at = None;
                    break;
                }
                // Contract: EMFILE. Clients keep their place in the queue, but no signal will remind us of
                // them: the wait gets an end.
                Err(errno @ (Errno::EMFILE | Errno::ENFILE | Errno::ENOBUFS | Errno::ENOMEM)) => {
                    if self.accept_at.replace(Instant::now() + NO_DESCRIPTOR_PAUSE).is_none() {
                        let what = format_args!("accept: {errno}; clients wait in the queue until one is free");
                        tell(io::stderr(), what);
                    }
                    break;
                }
                // These mean the listener, not a client: to try again would be to fail for ever.
                Err(errno @ (Errno::EBADF | Errno::EINVAL | Errno::ENOTSOCK)) => return Err(errno),
                // Contract: ECONNABORTED, EINTR. The client gave up while it queued: on to the next.
                Err(_) => {}
            }
        }
        Ok(())
    }
    // ANCHOR_END: accept

    // ANCHOR: echo
    /// A client's turn. What the signal said does not matter: by now the number may be nobody's or another
    /// client's, and the socket itself knows best.
    fn serve_client(&mut self, descriptor: RawFd) {
        let Some(client) = self.clients.get_mut(&descriptor) else { return };
        let before = self.totals.bytes;
        let turn = client.turn(&mut self.buffer, &mut self.totals.bytes, self.end.is_some());
        if self.end.is_some() && self.totals.bytes > before {
            self.end = Some(Instant::now() + GRACE);
        }
        match turn {
            Ok(Turn::Waits) => return,
            // Contract: nobody else is stopped. The bytes that it still has send no further signal.
            Ok(Turn::More) => return self.look_at.push(descriptor),
            Ok(Turn::Closed) => {}
            // Contract: resets. An error of one client ends that client. Once stopping, it was counted.
            Err(_) => self.totals.resets += u64::from(self.end.is_none()),
        }
        // Signals of it may still be queued: they will find nobody, or somebody with nothing to say.
        self.clients.remove(&descriptor);
        self.accept_at = self.accept_at.map(|_| Instant::now());
    }

    /// Each datagram back to where it came from. Many may have come for one signal, and one for none.
    fn echo_datagrams(&mut self) {
        for _ in 0..TURN {
            if let Some((datagram, from)) = &self.unsent {
                match sendto(self.datagrams.as_raw_fd(), datagram, from, MsgFlags::empty()) {
                    // POLL_OUT will come.
                    Err(Errno::EAGAIN) => return,
                    Err(Errno::EINTR) => continue,
                    sent => self.totals.datagrams += u64::from(sent.is_ok()),
                }
                self.unsent = None;
            }
            match recvfrom::<SockaddrIn>(self.datagrams.as_raw_fd(), &mut self.buffer) {
                Ok((got, from)) => self.unsent = from.map(|from| (self.buffer[..got].to_vec(), from)),
                Err(Errno::EAGAIN) => return,
                // What became of one that was sent before.
                Err(_) => {}
            }
        }
        self.look_at.push(self.datagrams.as_raw_fd());
    }
}

enum Turn {
    /// Nothing more can be done: a signal will come.
    Waits,
    /// More could be done, and no signal will come for it.
    More,
    /// It has no more to say and has all its bytes.
    Closed,
}

impl Client {
    /// Echoes until a call would sleep, or the turn is over.
    fn turn(&mut self, buffer: &mut [u8], echoed: &mut u64, stopping: bool) -> nix::Result<Turn> {
        for _ in 0..TURN {
            // Contract: slow readers, partial writes. Nothing is read that cannot be sent; POLL_OUT will come.
            let taken = write_some(&self.socket, &self.rest, echoed)?;
            self.rest = self.rest.split_off(taken);
            if !self.rest.is_empty() {
                return Ok(Turn::Waits);
            }
            if stopping && !mem::replace(&mut self.parted, true) {
                // To close a socket to which more is on its way resets it, and a reset throws away the echoes
                // in our send buffer (RFC 1122 section 4.2.2.13). So say FIN, and listen until the client goes.
                shutdown(self.socket.as_raw_fd(), Shutdown::Write)?;
            }
            match read(&self.socket, buffer) {
                // Contract: half-close. All that came before has been written, and close sends the FIN behind it.
                Ok(0) => return Ok(Turn::Closed),
                Ok(_) if self.parted => {}
                Ok(got) => {
                    let taken = write_some(&self.socket, &buffer[..got], echoed)?;
                    self.rest = buffer[taken..got].to_vec();
                }
                Err(Errno::EAGAIN) => return Ok(Turn::Waits),
                Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno),
            }
        }
        Ok(Turn::More)
    }
}

/// Writes until the socket takes no more, and says how much that was. Only a write that met EAGAIN is
/// promised a POLL_OUT.
fn write_some(socket: &OwnedFd, bytes: &[u8], written: &mut u64) -> nix::Result<usize> {
    let mut taken = 0;
    while taken < bytes.len() {
        match write(socket, &bytes[taken..]) {
            Ok(more) => {
                taken += more;
                *written += more as u64;
            }
            Err(Errno::EAGAIN) => break,
            Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(taken)
}
// ANCHOR_END: echo

// ANCHOR: stop
impl Server {
    /// Lets nobody in any more, and gives each client the turn in which it is told.
    fn stop(&mut self) {
        if self.end.is_none() {
            self.end = Some(Instant::now() + GRACE);
            // The kernel resets whoever still stands in the queue: no byte of theirs has been read.
            self.listener = None;
            self.accept_at = None;
            self.totals.still_open = self.clients.len() as u64;
            self.look_at.extend(self.clients.keys());
        }
    }
}

/// What the server has done, for its last line.
#[derive(Debug, Default)]
struct Totals {
    /// Clients accepted.
    clients: u64,
    /// Bytes echoed to them.
    bytes: u64,
    /// Clients whose connection failed.
    resets: u64,
    /// Clients that were not done when the server was told to stop.
    still_open: u64,
    /// Datagrams echoed.
    datagrams: u64,
    /// How often the queue of signals was full, and everybody was looked at.
    overflows: u64,
}

impl Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Totals { clients, bytes, resets, still_open, datagrams, overflows } = self;
        write!(f, "totals: clients {clients}, bytes {bytes}, resets {resets}, still open {still_open}, ")?;
        write!(f, "datagrams {datagrams}, overflows {overflows}")
    }
}

/// Prints a line. A server does not end for want of somebody who reads its lines.
fn tell(mut out: impl Write, line: impl Display) {
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
// ANCHOR_END: stop
