//! Thousands of clients at once, and what each of them may do to a server.
//!
//! One thread plays them all, by what poll(2) says of each: it is simple, and what it costs is not the
//! server's. Every choice is made from a seed, so that what fails can be repeated.

use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::net::TcpStream;
use std::os::fd::AsRawFd;
use std::time::Instant;

use super::client::*;
use super::contract::*;
use super::process::*;
use super::server::*;
use super::skip;

/// How many clients there are to be.
const CLIENTS: u64 = 10_000;
/// What each sends, if it is not to end early.
const WHOLE: u64 = 64 << 10;
/// The longest piece that is sent in one call.
const PIECE: u64 = 8 << 10;
/// How far a client's sending may be ahead of its receiving.
const AHEAD: u64 = 16 << 10;
/// Descriptors for other things than clients, in either process.
const OTHERS: u64 = 64;
/// What a client that has left may cost the server still: a slot in a table, and what an allocator keeps.
const SLOT_BYTES: u64 = 256;
/// What having served at all may cost: the buffers, and the pages of the program that ran.
const SERVED_BYTES: u64 = MIB;

/// Ten thousand clients at once, in service all together: 64 KiB each way in pieces of random length, random
/// half-closes and resets. Each byte that comes back is the right one, and the server's memory does not grow.
pub fn ten_thousand_clients_are_served(program: &str) {
    let count = room_for(CLIENTS);
    if count == 0 {
        return;
    }
    // A process of its own, with the same limit.
    let server = Server::start(program);
    let before = server.resident_bytes();
    let crowd = Crowd::play(&server, count);
    server.wait_until_quiet();
    let after = server.resident_bytes();
    assert!(
        after <= before + SERVED_BYTES + count * SLOT_BYTES,
        "resident before {before} bytes, after all have left {after}"
    );
    crowd.agrees_with(server.stop());
}

/// How many clients there can be at once, up to `wanted`: said aloud where the descriptor limit makes it fewer. Who is
/// started afterwards may have as many descriptors.
#[must_use]
pub fn room_for(wanted: u64) -> u64 {
    let most = limit_descriptors(0, None).rlim_max;
    let count = wanted.min(most.saturating_sub(OTHERS));
    if count < wanted {
        skip(&format!("{wanted} clients at once: with {most} descriptors (ulimit -Hn) there are {count}"));
    }
    if count > 0 {
        assert!(raise_descriptor_limit(count + OTHERS), "the hard limit was read above");
    }
    count
}

/// What a crowd of clients saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crowd {
    /// How many there were.
    pub clients: u64,
    /// How many of them broke off.
    pub broken_off: u64,
    /// How many bytes they sent.
    pub sent: u64,
    /// How many came back: all, but to those that broke off.
    pub received: u64,
}

impl Crowd {
    /// Plays `count` clients of `server`, in service all together.
    #[must_use]
    pub fn play(server: &Server, count: u64) -> Crowd {
        let mut random = Random(0x5eed);
        let mut crowd: Vec<Member> = (0..count).map(|number| Member::of(server, number, &mut random)).collect();
        // Everybody has had a byte back before anybody goes on: so all are in service at the same time.
        play(&mut crowd, &mut random, |member| member.received == 1);
        for member in &mut crowd {
            member.may_send = member.plan;
        }
        play(&mut crowd, &mut random, |member| member.stream.is_none());
        Crowd {
            clients: count,
            broken_off: crowd.iter().filter(|member| member.breaks_off).count() as u64,
            sent: crowd.iter().map(|member| member.sent).sum(),
            received: crowd.iter().map(|member| member.received).sum(),
        }
    }

    /// Compares what the server counted with what was seen.
    pub fn agrees_with(&self, totals: Totals) {
        let seen = (self.clients, self.broken_off, 0);
        assert_eq!((totals.clients, totals.resets, totals.still_open), seen, "{totals:?}");
        assert!((self.received..=self.sent).contains(&totals.bytes), "{totals:?}, {self:?}");
    }
}

/// One of the crowd.
struct Member {
    /// Nothing once it is over.
    stream: Option<TcpStream>,
    /// Where in the bytes that clients send its own begin: nobody else's begin there.
    start: u64,
    /// How many bytes it sends before it half-closes or breaks off.
    plan: u64,
    /// Whether it breaks off: a reset in place of a FIN.
    breaks_off: bool,
    may_send: u64,
    sent: u64,
    received: u64,
    half_closed: bool,
}

impl Member {
    fn of(server: &Server, number: u64, random: &mut Random) -> Member {
        let stream = TcpStream::connect_timeout(&server.address, CONNECT_DEADLINE)
            .unwrap_or_else(|error| panic!("client {number} finds no room in the queue: {error}"));
        stream.set_nodelay(true).expect("a TCP socket");
        stream.set_nonblocking(true).expect("a socket");
        // Eight of ten send all; one half-closes early, one breaks off.
        let (breaks_off, early) = [(true, true), (false, true), (false, false)][random.below(10).min(2) as usize];
        let plan = if early { 1 + random.below(WHOLE) } else { WHOLE };
        let (may_send, sent, received, half_closed) = (1, 0, 0, false);
        Member { stream: Some(stream), start: number * 7, plan, breaks_off, may_send, sent, received, half_closed }
    }

    fn wants_to_send(&self) -> bool {
        self.sent < self.may_send.min(self.received + AHEAD)
    }

    /// Does one thing of each kind that it can do.
    fn step(&mut self, random: &mut Random) {
        let Some(stream) = &mut self.stream else { return };
        if self.sent < self.may_send.min(self.received + AHEAD) {
            let most = (1 + random.below(PIECE)).min(self.may_send.min(self.received + AHEAD) - self.sent);
            match stream.write(bytes_at(self.start + self.sent, most)) {
                Ok(taken) => self.sent += taken as u64,
                Err(error) if waits(&error) => {}
                Err(error) => panic!("after {} bytes the server takes no more: {error}", self.sent),
            }
        }
        if self.sent == self.plan && self.breaks_off {
            break_off(stream);
            self.stream = None;
            return;
        }
        if self.sent == self.plan && !self.half_closed && self.may_send == self.plan {
            stream.shutdown(Shutdown::Write).expect("a connection");
            self.half_closed = true;
        }
        let mut buffer = [0; 16 << 10];
        match stream.read(&mut buffer) {
            Ok(0) => {
                assert_eq!((self.received, self.half_closed), (self.plan, true), "bytes before the end of file");
                self.stream = None;
            }
            Ok(got) => {
                let right = bytes_at(self.start + self.received, got as u64);
                assert!(buffer[..got] == *right, "after {} bytes others came back than were sent", self.received);
                self.received += got as u64;
            }
            Err(error) if waits(&error) => {}
            Err(error) => panic!("after {} bytes received: {error}", self.received),
        }
    }
}

fn waits(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

/// Lets them all act until each `is_done`.
fn play(crowd: &mut [Member], random: &mut Random, is_done: impl Fn(&Member) -> bool) {
    let end = Instant::now() + DEADLINE;
    loop {
        let mut acting: Vec<&mut Member> = crowd.iter_mut().filter(|member| !is_done(member)).collect();
        if acting.is_empty() {
            return;
        }
        let left = end.saturating_duration_since(Instant::now());
        assert!(!left.is_zero(), "after {DEADLINE:?} {} clients are not done", acting.len());
        let interest = |member: &&mut Member| libc::pollfd {
            fd: member.stream.as_ref().map_or(-1, AsRawFd::as_raw_fd),
            events: libc::POLLIN | if member.wants_to_send() { libc::POLLOUT } else { 0 },
            revents: 0,
        };
        let mut wanted: Vec<libc::pollfd> = acting.iter().map(interest).collect();
        // SAFETY: the pointer and the count are of one vector, which outlives the call.
        unsafe { libc::poll(wanted.as_mut_ptr(), wanted.len() as libc::nfds_t, left.as_millis() as libc::c_int) };
        for (member, wanted) in acting.iter_mut().zip(&wanted) {
            if wanted.revents != 0 {
                member.step(random);
            }
        }
    }
}

/// Knuth's generator; its upper bits are the good ones.
struct Random(u64);

impl Random {
    /// A number below `limit`.
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}
