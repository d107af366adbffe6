//! The echo server on edges: one thread, one epoll set, every client at once.
//!
//! The kernel tells each piece of news once. So the server keeps a queue of its own: whom the kernel has named,
//! and who was not done when their turn was over. A turn ends when there is no more to read, when the client
//! takes no more, or when the budget is spent. No call sleeps but `epoll_wait`, while nobody is owed a turn.
//!
//! Rests on: epoll(7), "Questions and answers"; accept(2); tcp(7); signalfd(2).

use std::collections::VecDeque;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::socket::{MsgFlags, Shutdown, recv, send, shutdown};

use crate::service::{Totals, errno, listen_on, raise_descriptor_limit, tell};
use crate::slab::Slab;

/// How many events one wait brings at most; who does not fit comes with the next.
const EVENTS: usize = 512;
/// What one `recv` takes at most, into the one buffer for all: between two turns it is free.
const BUFFER_BYTES: usize = 64 * 1024;
/// How many times a client is read from in one turn.
const READ_BUDGET: usize = 4;
/// How many clients are let in before the others have a turn.
const ACCEPT_BUDGET: usize = 64;
/// When to ask again for a descriptor, in milliseconds, where nothing else happens.
const NO_DESCRIPTOR_PAUSE: u16 = 100;
/// How long a server that was told to stop goes on while no client takes a byte.
const GRACE: Duration = Duration::from_secs(2);
/// What epoll hands back with the events of the two that are no clients.
const LISTENER: u64 = u64::MAX;
const SIGNALS: u64 = u64::MAX - 1;

// ANCHOR: serve
/// Serves on `port` of loopback (0 picks a free one) until SIGINT or SIGTERM.
pub fn serve(port: u16) -> io::Result<()> {
    raise_descriptor_limit()?;
    // Contract: a clean stop. A blocked signal waits in the kernel, and this descriptor is ready while it does:
    // there is no gap between looking and sleeping in which it could be missed. epoll_pwait leaves no gap
    // either, but it needs a handler, and a handler unsafe code. (Chapter 08 has both.)
    let stops = SigSet::from_iter([Signal::SIGINT, Signal::SIGTERM]);
    stops.thread_block()?;
    let signals = SignalFd::with_flags(&stops, SfdFlags::SFD_CLOEXEC)?;
    let listener = listen_on(port)?;
    let mut server = Server::new(&listener, &signals)?;
    tell(io::stdout(), format_args!("listening on {}", listener.local_addr()?));

    let served = server.serve_all(&listener);
    // The kernel resets whoever still stands in the queue: no byte of theirs has been read.
    drop(listener);
    let parted = server.part_from_all();
    tell(io::stdout(), server.totals);
    served.and(parted)
}
// ANCHOR_END: serve

// ANCHOR: loop
struct Server {
    epoll: Epoll,
    stopping: bool,
    /// Whether somebody may wait in the listener's queue: from an edge until EAGAIN.
    knocking: bool,
    no_descriptor: bool,
    clients: Slab<Client>,
    /// Who is owed a turn, each client at most once.
    turns: VecDeque<u64>,
    totals: Totals,
    events: Vec<EpollEvent>,
    buffer: Vec<u8>,
}

impl Server {
    fn new(listener: &TcpListener, signals: &SignalFd) -> nix::Result<Server> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        epoll.add(listener, EpollEvent::new(EpollFlags::EPOLLIN | EpollFlags::EPOLLET, LISTENER))?;
        epoll.add(signals, EpollEvent::new(EpollFlags::EPOLLIN | EpollFlags::EPOLLET, SIGNALS))?;
        Ok(Server {
            epoll,
            stopping: false,
            knocking: false,
            no_descriptor: false,
            clients: Slab::default(),
            turns: VecDeque::new(),
            totals: Totals::default(),
            events: vec![EpollEvent::empty(); EVENTS],
            buffer: vec![0; BUFFER_BYTES],
        })
    }

    fn serve_all(&mut self, listener: &TcpListener) -> io::Result<()> {
        loop {
            let patience = match (self.knocking, self.no_descriptor) {
                (false, _) => EpollTimeout::NONE,
                (true, false) => EpollTimeout::ZERO,
                (true, true) => NO_DESCRIPTOR_PAUSE.into(),
            };
            self.hear(patience)?;
            if self.stopping {
                return Ok(());
            }
            self.give_turns();
            if self.knocking {
                self.accept_some(listener)?;
            }
        }
    }

    /// Takes the kernel's news. Sleeps only while nobody is owed a turn.
    fn hear(&mut self, patience: EpollTimeout) -> nix::Result<()> {
        let patience = if self.turns.is_empty() { patience } else { EpollTimeout::ZERO };
        let count = match self.epoll.wait(&mut self.events, patience) {
            // Contract: EINTR. SIGSTOP and SIGCONT end this sleep, whatever the handlers: signal(7).
            Err(Errno::EINTR) => 0,
            count => count?,
        };
        for event in &self.events[..count] {
            let (token, news) = (event.data(), event.events());
            self.knocking |= token == LISTENER;
            self.stopping |= token == SIGNALS;
            // Not every token has a client: an event may be older than the close of whom it is about.
            let Some(client) = self.clients.get(token) else { continue };
            client.more_behind |= news.intersects(EpollFlags::EPOLLRDHUP | EpollFlags::EPOLLPRI);
            if !client.in_turns {
                client.in_turns = true;
                self.turns.push_back(token);
            }
        }
        Ok(())
    }

    /// One turn for each who is owed one now. Who is owed another goes to the end of the queue.
    fn give_turns(&mut self) {
        for _ in 0..self.turns.len() {
            let Some(token) = self.turns.pop_front() else { return };
            let Some(client) = self.clients.get(token) else { continue };
            let turn = client.turn(self.stopping, &mut self.buffer, &mut self.totals.bytes);
            // Contract: nobody stops anybody else. A turn is short, and what it left behind is no news to the
            // kernel: so the queue remembers it.
            client.in_turns = matches!(turn, Ok(Turn::Unfinished));
            match turn {
                Ok(Turn::Unfinished) => self.turns.push_back(token),
                Ok(Turn::Waits) => {}
                // Contract: resets. An error of one client ends that client, not the server. To close its only
                // descriptor is to take it out of the epoll set as well.
                over => {
                    self.totals.resets += u64::from(over.is_err() && !self.stopping);
                    self.clients.remove(token);
                }
            }
        }
    }
    // ANCHOR_END: loop

    // ANCHOR: accept
    /// Lets in who waits: all, for one edge may stand for many, but not all at a time.
    fn accept_some(&mut self, listener: &TcpListener) -> io::Result<()> {
        for _ in 0..ACCEPT_BUDGET {
            let stream = match listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) => match errno(&error) {
                    Errno::EAGAIN => {
                        (self.knocking, self.no_descriptor) = (false, false);
                        break;
                    }
                    // Contract: EMFILE. Clients keep their place in the queue. Their edge will not come again, so
                    // `knocking` stays; the next try is after the next wait, which now ends by itself.
                    errno @ (Errno::EMFILE | Errno::ENFILE | Errno::ENOBUFS | Errno::ENOMEM) => {
                        if !self.no_descriptor {
                            tell(io::stderr(), format_args!("accept: {errno}; clients wait until one is free"));
                        }
                        self.no_descriptor = true;
                        break;
                    }
                    // These mean the listener, not a client: to try again would be to fail for ever.
                    Errno::EBADF | Errno::EINVAL | Errno::ENOTSOCK => return Err(error),
                    // Contract: ECONNABORTED, or another error of a client that gave up while it queued.
                    _ => continue,
                },
            };
            self.totals.clients += 1;
            self.totals.resets += u64::from(self.admit(stream).is_err());
        }
        Ok(())
    }

    fn admit(&mut self, stream: TcpStream) -> io::Result<()> {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        // Both directions once and for all: an edge that finds nothing to do costs less than the calls to ask
        // for it and to give it up. What the client has sent before this counts as an edge.
        let news = EpollFlags::EPOLLIN | EpollFlags::EPOLLOUT | EpollFlags::EPOLLRDHUP | EpollFlags::EPOLLPRI;
        let (token, client) =
            self.clients.insert(Client { stream, owed: Vec::new(), more_behind: false, in_turns: false });
        let added = self.epoll.add(&client.stream, EpollEvent::new(news | EpollFlags::EPOLLET, token));
        Ok(added.inspect_err(|_| self.clients.remove(token))?)
    }
    // ANCHOR_END: accept

    // ANCHOR: part
    /// Ends the service of clients that were not done. What was read of them still goes back to them.
    fn part_from_all(&mut self) -> io::Result<()> {
        (self.stopping, self.turns) = (true, self.clients.tokens().collect());
        self.totals.still_open = self.turns.len();
        let (mut moved, mut progress) = (self.totals.bytes, Instant::now());
        self.give_turns();
        while !self.clients.is_empty() && progress.elapsed() < GRACE {
            self.hear(EpollTimeout::try_from(GRACE.saturating_sub(progress.elapsed())).unwrap_or(EpollTimeout::ZERO))?;
            self.give_turns();
            if self.totals.bytes > moved {
                (moved, progress) = (self.totals.bytes, Instant::now());
            }
        }
        let dropped: usize = self.clients.values().map(|client| client.owed.len()).sum();
        if dropped > 0 {
            tell(io::stderr(), format_args!("stopped: {dropped} bytes were read and not taken back"));
        }
        Ok(())
    }
    // ANCHOR_END: part
}

// ANCHOR: client
struct Client {
    stream: TcpStream,
    /// What was read and not taken back yet: at most one buffer, as nothing is read meanwhile.
    owed: Vec<u8>,
    /// Whether a FIN or an urgent byte may stand behind what a `recv` returns.
    more_behind: bool,
    in_turns: bool,
}

/// How a turn ended, where nothing failed.
enum Turn {
    /// The kernel owes an edge for whatever comes next.
    Waits,
    /// There was more to do, of which the kernel will tell nothing.
    Unfinished,
    /// The client has no more to say and has all its bytes.
    Over,
}

impl Client {
    /// Each byte back, in order; for a server that stops, only what was read already.
    fn turn(&mut self, stopping: bool, buffer: &mut [u8], echoed: &mut u64) -> nix::Result<Turn> {
        // Contract: slow readers. Who takes nothing is not read from: memory stays bounded, the kernel's
        // buffers fill, and in the end the client cannot send.
        let taken = self.send(&self.owed, echoed)?;
        self.owed.drain(..taken);
        self.owed.shrink_to_fit();
        if !self.owed.is_empty() {
            return Ok(Turn::Waits);
        }
        if stopping {
            // FIN, and then the client's own end: to close a socket that holds unread bytes is to reset it
            // (RFC 1122 section 4.2.2.13), and a reset throws away the echoes still in our send buffer.
            shutdown(self.stream.as_raw_fd(), Shutdown::Write)?;
        }
        for _ in 0..READ_BUDGET {
            let got = match recv(self.stream.as_raw_fd(), buffer, MsgFlags::empty()) {
                // Contract: half-close. The client sends no more and was sent all; close sends our FIN.
                Ok(0) => return Ok(Turn::Over),
                Ok(_) if stopping => continue,
                Ok(got) => got,
                Err(Errno::EAGAIN) => return Ok(Turn::Waits),
                Err(errno) => return Err(errno),
            };
            let taken = self.send(&buffer[..got], echoed)?;
            self.owed.extend_from_slice(&buffer[taken..got]);
            // Who did not fill the buffer has emptied the socket, and what comes later is an edge: so the call
            // that would say EAGAIN is saved. But a FIN may be there already, and recv stops at an urgent byte.
            if taken < got || got < buffer.len() && !self.more_behind {
                return Ok(Turn::Waits);
            }
        }
        Ok(Turn::Unfinished)
    }

    /// Sends what the client takes now: all, or up to EAGAIN, for only that obliges the kernel to tell of room.
    fn send(&self, bytes: &[u8], echoed: &mut u64) -> nix::Result<usize> {
        let mut taken = 0;
        while taken < bytes.len() {
            // NOSIGNAL: a connection that was reset is an error here, EPIPE, and no signal that ends the process.
            match send(self.stream.as_raw_fd(), &bytes[taken..], MsgFlags::MSG_NOSIGNAL) {
                // Contract: partial writes.
                Ok(count) => taken += count,
                Err(Errno::EAGAIN) => break,
                Err(errno) => return Err(errno),
            }
        }
        *echoed += taken as u64;
        Ok(taken)
    }
}
// ANCHOR_END: client
