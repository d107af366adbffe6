//! Thousands of clients at once, each with random pieces and an end of its own.
//!
//! One thread plays them all, over epoll: a thread each would measure the threads. Everything random comes
//! from a seed, so a run that fails can be had again.

use std::collections::HashMap;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::fd::{AsRawFd, RawFd};
use std::time::{Duration, Instant};

use super::client::*;
use super::process::*;
use super::server::*;
use super::skip;

/// The longest piece that is sent at once.
const PIECE: u64 = 6000;
/// After so many connections one client waits for an answer: then all before it have been accepted, and no
/// queue overflows, which would cost a second for each.
const CONNECTED_AT_ONCE: usize = 200;
/// Of so many clients one is torn away in the middle.
const TORN: u64 = 10;
/// What a process needs besides its clients' descriptors.
const OTHER_DESCRIPTORS: u64 = 100;
/// How many events one wait takes.
const EVENTS: usize = 256;

/// What thousands of clients saw.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Crowd {
    /// How many there were.
    pub clients: u64,
    /// How many of them were torn away in the middle: reset.
    pub torn: u64,
    /// How many bytes came back to those that stayed, each compared with what had been sent.
    pub bytes: u64,
    /// How many bytes came back to those that were torn away, before.
    pub bytes_of_torn: u64,
    /// How many bytes those that were torn away had sent.
    pub sent_by_torn: u64,
}

impl Crowd {
    /// Checks a server's totals against what was seen.
    pub fn agrees_with(&self, totals: Totals) {
        let Totals { clients, bytes, resets, still_open } = totals;
        assert_eq!((clients, resets, still_open), (self.clients, self.torn, 0), "{totals:?}, {self:?}");
        let least = self.bytes + self.bytes_of_torn;
        let most = self.bytes + self.sent_by_torn;
        assert!((least..=most).contains(&bytes), "{totals:?}, {self:?}");
    }
}

/// How many clients there can be, up to `wanted`: said aloud where the descriptor limit makes it fewer. A
/// server that is started afterwards inherits the limit that they need.
#[must_use]
pub fn room_for(wanted: u64) -> u64 {
    let limit = limit_descriptors(0, None);
    let needed = wanted + OTHER_DESCRIPTORS;
    limit_descriptors(0, Some(libc::rlimit { rlim_cur: needed.min(limit.rlim_max).max(limit.rlim_cur), ..limit }));
    let clients = wanted.min(limit.rlim_max.saturating_sub(OTHER_DESCRIPTORS));
    if clients < wanted {
        skip(&format!("{} of {wanted} clients: the hard limit of descriptors is {}", wanted - clients, limit.rlim_max));
    }
    clients
}

/// `clients` clients of `server` at the same time, with `bytes_each` bytes each way in pieces of random
/// lengths. Some end their half as soon as they have said all, some when they have heard all, and every tenth
/// is torn away in the middle.
#[must_use]
pub fn thousands(server: &Server, clients: u64, bytes_each: u64, seed: u64) -> Crowd {
    let mut random = Random(seed);
    let epoll = Epoll::new();
    let mut all: HashMap<RawFd, Played> = HashMap::new();
    for number in 0..clients {
        let mut client = Played::connect(server, number, bytes_each, &mut random);
        if number as usize % CONNECTED_AT_ONCE == CONNECTED_AT_ONCE - 1 {
            client.call(1);
        }
        client.stream.set_nonblocking(true).expect("a socket");
        epoll.watch(libc::EPOLL_CTL_ADD, &client.stream, libc::EPOLLIN | libc::EPOLLOUT);
        all.insert(client.stream.as_raw_fd(), client);
    }
    let mut crowd = Crowd { clients, ..Crowd::default() };
    let end = Instant::now() + DEADLINE;
    while !all.is_empty() {
        assert!(Instant::now() < end, "{} clients of {clients} are still not done after {DEADLINE:?}", all.len());
        for descriptor in epoll.wait() {
            let Some(client) = all.get_mut(&descriptor) else { continue };
            if client.goes_on(&epoll, &mut random) {
                continue;
            }
            let client = all.remove(&descriptor).expect("it was there");
            if client.torn_at.is_some() {
                crowd.torn += 1;
                crowd.bytes_of_torn += client.received;
                crowd.sent_by_torn += client.sent;
                tear(client.stream);
            } else {
                assert_eq!(client.received, bytes_each, "client {} heard the end too early", client.number);
                crowd.bytes += client.received;
            }
        }
    }
    crowd
}

/// One of them.
struct Played {
    number: u64,
    stream: TcpStream,
    bytes: u64,
    sent: u64,
    received: u64,
    /// After how many bytes sent it is torn away.
    torn_at: Option<u64>,
    /// It says that it has no more to say before it has heard all.
    hasty: bool,
    said_all: bool,
}

impl Played {
    fn connect(server: &Server, number: u64, bytes: u64, random: &mut Random) -> Played {
        let stream = TcpStream::connect_timeout(&server.address, CONNECT_DEADLINE)
            .unwrap_or_else(|error| panic!("client {number} could not connect: {error}"));
        stream.set_nodelay(true).expect("a TCP socket");
        let torn_at = (number % TORN == TORN - 1).then(|| random.below(bytes));
        let hasty = random.below(2) == 0;
        Played { number, stream, bytes, sent: 0, received: 0, torn_at, hasty, said_all: false }
    }

    /// Its bytes begin at a place of their own: another client's would be noticed.
    fn at(&self, place: u64) -> u64 {
        self.number * 131 + place
    }

    /// Sends and receives `count` bytes, asleep.
    fn call(&mut self, count: u64) {
        self.stream.set_read_timeout(Some(DEADLINE)).expect("a deadline that is not zero");
        let sent = self.stream.write(bytes_at(self.at(0), count)).expect("an empty send buffer");
        let mut answer = vec![0; sent];
        self.stream.read_exact(&mut answer).expect("the server's answer");
        assert_eq!(answer, bytes_at(self.at(0), count));
        (self.sent, self.received) = (count, count);
    }

    /// Does what can be done; `false` when it is done, or to be torn away.
    fn goes_on(&mut self, epoll: &Epoll, random: &mut Random) -> bool {
        let mut buffer = [0; 16 << 10];
        match self.stream.read(&mut buffer) {
            Ok(0) => return false,
            Ok(got) => {
                let same = buffer[..got] == *bytes_at(self.at(self.received), got as u64);
                assert!(same, "client {}: not what was sent, after byte {}", self.number, self.received);
                self.received += got as u64;
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => panic!("client {}, after {} bytes: {error}", self.number, self.received),
        }
        let until = self.torn_at.unwrap_or(self.bytes);
        if self.sent < until {
            let piece = (1 + random.below(PIECE)).min(until - self.sent);
            match self.stream.write(bytes_at(self.at(self.sent), piece)) {
                Ok(taken) => self.sent += taken as u64,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => panic!("client {}, after {} bytes sent: {error}", self.number, self.sent),
            }
        }
        if self.sent >= until && self.torn_at.is_some() {
            return false;
        }
        if self.sent == self.bytes && !self.said_all && (self.hasty || self.received == self.bytes) {
            self.said_all = true;
            self.stream.shutdown(Shutdown::Write).expect("a connection");
        }
        if self.sent == self.bytes {
            epoll.watch(libc::EPOLL_CTL_MOD, &self.stream, libc::EPOLLIN);
        }
        true
    }
}

/// Closes with a reset.
fn tear(stream: TcpStream) {
    let linger = libc::linger { l_onoff: 1, l_linger: 0 };
    let size = size_of_val(&linger) as libc::socklen_t;
    // SAFETY: the kernel reads `linger`, which outlives the call.
    let answer = unsafe {
        libc::setsockopt(stream.as_raw_fd(), libc::SOL_SOCKET, libc::SO_LINGER, (&raw const linger).cast(), size)
    };
    assert_eq!(answer, 0, "SO_LINGER: {}", io::Error::last_os_error());
    drop(stream);
}

/// Knuth's generator; its upper bits are the good ones.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

struct Epoll(std::os::fd::OwnedFd);

impl Epoll {
    fn new() -> Epoll {
        use std::os::fd::FromRawFd;
        // SAFETY: the descriptor that comes back is new and ours alone.
        let made = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
        assert!(made >= 0, "epoll_create1: {}", io::Error::last_os_error());
        // SAFETY: as above.
        Epoll(unsafe { std::os::fd::OwnedFd::from_raw_fd(made) })
    }

    fn watch(&self, how: i32, stream: &TcpStream, events: i32) {
        let number = stream.as_raw_fd();
        let mut event = libc::epoll_event { events: events.cast_unsigned(), u64: u64::from(number.unsigned_abs()) };
        // SAFETY: the event outlives the call.
        let answer = unsafe { libc::epoll_ctl(self.0.as_raw_fd(), how, number, &raw mut event) };
        assert_eq!(answer, 0, "epoll_ctl: {}", io::Error::last_os_error());
    }

    /// The descriptors with something to do; none where the time is up.
    fn wait(&self) -> Vec<RawFd> {
        let mut events = [libc::epoll_event { events: 0, u64: 0 }; EVENTS];
        let patience = Duration::from_secs(1).as_millis() as i32;
        // SAFETY: there is room for as many events as are asked for.
        let got = unsafe { libc::epoll_wait(self.0.as_raw_fd(), events.as_mut_ptr(), EVENTS as i32, patience) };
        let got = usize::try_from(got).unwrap_or_default();
        events[..got].iter().map(|event| event.u64 as RawFd).collect()
    }
}
