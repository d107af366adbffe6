//! What a check sets up: descriptors, the reader's code with its ends, and peers with the others.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::Diagnosis;
use super::aside::{die_of_sigpipe, quietly, take_interruptions};
use super::ends::{Ours, Theirs, lock};
use super::peer::{Gone, Peer, Stage};
use super::run::{Finished, Run};
use super::stuck::{self, Reason};
use crate::observe::{self, Orders, Seen, Subject};
use crate::wire::{Wire, to_bytes};
use crate::words::Word;

/// How long a reader's code may take, where it cannot be known that it is stuck.
const DEADLINE: Duration = Duration::from_millis(2500);
/// How much processor time it may use without once sleeping: far more than any exercise needs. The price
/// of being observed is in it, but not all of that: a spin over system calls lasts thrice as long.
const PROCESSOR: Duration = Duration::from_millis(150);

/// A send buffer that is soon full: the kernel makes it as small as it can be, some kibibytes.
const NARROW: libc::c_int = 1;
/// A send buffer as large as a process may have without privileges: the kernel cuts this down to wmem_max
/// and gives twice that (socket(7)).
const WIDE: libc::c_int = libc::c_int::MAX;

/// The part that a peer plays.
type Part = Box<dyn FnOnce(&mut Peer<'_>) -> Result<(), Gone> + Send>;

/// Descriptors, peers, and the rules that a reader's code is judged by.
#[derive(Default)]
pub struct Scene {
    told: &'static str,
    ours: Vec<Ours>,
    theirs: Vec<OwnedFd>,
    count: usize,
    peers: Vec<(String, Part)>,
    because: Vec<Reason>,
    prepared: Vec<fn()>,
}

impl fmt::Debug for Scene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scene").field("theirs", &self.theirs).finish_non_exhaustive()
    }
}

impl Scene {
    /// An empty scene. What is played in it is told with every diagnosis: `a record comes in two pieces`.
    #[must_use]
    pub fn of(told: &'static str) -> Scene {
        Scene { told, ..Scene::default() }
    }

    /// Makes the subject's sleeps end where a peer interrupts them: it has a handler for that signal,
    /// without SA_RESTART.
    pub fn interruptible(&mut self) {
        self.prepared.push(take_interruptions);
    }

    /// Makes SIGPIPE kill the subject, as it does in a program that std did not start.
    pub fn deadly_sigpipe(&mut self) {
        self.prepared.push(die_of_sigpipe);
    }

    /// A connected pair of Unix stream sockets: the peers' end, and the reader's, called `name`.
    #[must_use]
    pub fn stream_pair(&mut self, name: &str) -> (Ours, Theirs) {
        self.pair(name, || UnixStream::pair().map(|(ours, theirs)| (ours.into(), theirs.into())))
    }

    /// A connected pair of Unix stream sockets with small buffers: some kibibytes, and a writer sleeps.
    #[must_use]
    pub fn narrow_pair(&mut self, name: &str) -> (Ours, Theirs) {
        self.pair(name, || {
            let (ours, theirs) = UnixStream::pair()?;
            send_buffer(&ours, NARROW)?;
            send_buffer(&theirs, NARROW)?;
            Ok((ours.into(), theirs.into()))
        })
    }

    /// A connected pair of Unix stream sockets, of which the reader's end has at least twice the room of others: also
    /// many small pieces fit, each of which takes more than its length, while the peer is late to read.
    #[must_use]
    pub fn wide_pair(&mut self, name: &str) -> (Ours, Theirs) {
        self.pair(name, || {
            let (ours, theirs) = UnixStream::pair()?;
            send_buffer(&theirs, WIDE)?;
            Ok((ours.into(), theirs.into()))
        })
    }

    /// A pipe of which the reader's code has the end that is read.
    #[must_use]
    pub fn pipe_to_read(&mut self, name: &str) -> (Ours, Theirs) {
        self.pair(name, || io::pipe().map(|(reader, writer)| (writer.into(), reader.into())))
    }

    /// A pipe of which the reader's code has the end that is written.
    #[must_use]
    pub fn pipe_to_write(&mut self, name: &str) -> (Ours, Theirs) {
        self.pair(name, || io::pipe().map(|(reader, writer)| (reader.into(), writer.into())))
    }

    /// A connected pair of TCP sockets on loopback.
    #[must_use]
    pub fn tcp_pair(&mut self, name: &str) -> (Ours, Theirs) {
        self.pair(name, || {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
            let ours = std::net::TcpStream::connect(listener.local_addr()?)?;
            Ok((ours.into(), listener.accept()?.0.into()))
        })
    }

    /// A listener for the reader's code, and the address where peers reach it.
    ///
    /// # Panics
    /// Where no socket can be made.
    #[must_use]
    pub fn listener(&mut self, name: &str) -> (SocketAddr, Theirs) {
        let mut address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let theirs = self.hand_down(name, || {
            let listener = TcpListener::bind(address)?;
            address = listener.local_addr()?;
            Ok(listener.into())
        });
        (address, theirs)
    }

    /// A socket for datagrams for the reader's code, and the address where peers reach it.
    ///
    /// # Panics
    /// Where no socket can be made.
    #[must_use]
    pub fn datagram_socket(&mut self, name: &str) -> (SocketAddr, Theirs) {
        let mut address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let theirs = self.hand_down(name, || {
            let socket = UdpSocket::bind(address)?;
            address = socket.local_addr()?;
            Ok(socket.into())
        });
        (address, theirs)
    }

    fn pair(&mut self, name: &str, make: impl FnOnce() -> io::Result<(OwnedFd, OwnedFd)>) -> (Ours, Theirs) {
        let mut ours = Ours::default();
        let theirs = self.hand_down(name, || {
            let (kept, given) = make()?;
            ours = Ours::new(kept);
            Ok(given)
        });
        self.ours.push(ours.clone());
        (ours, theirs)
    }

    /// Makes a descriptor for the subject; in the subject's own process it comes down from the observer.
    fn hand_down(&mut self, name: &str, make: impl FnOnce() -> io::Result<OwnedFd>) -> Theirs {
        if !observe::is_subject() {
            self.theirs.push(make().unwrap_or_else(|error| panic!("the check could not make {name}: {error}")));
        }
        self.count += 1;
        Theirs::new(name, self.count - 1)
    }

    /// Adds a peer, which begins when the subject does.
    pub fn peer(&mut self, name: &str, part: impl FnOnce(&mut Peer<'_>) -> Result<(), Gone> + Send + 'static) {
        self.peers.push((name.to_owned(), Box::new(part)));
    }

    /// Adds a reason that explains a failure: asked of the run where the answer got stuck, spun or was
    /// late; the first that applies is told, with the hint that helps.
    pub fn because(&mut self, reason: Reason) {
        self.because.push(reason);
    }

    /// Runs the reader's code under observation, with the peers playing.
    ///
    /// # Errors
    /// The diagnosis of an answer that did not come to its end.
    ///
    /// # Panics
    /// Where no process can be started.
    pub fn run<T: Wire>(self, answer: impl FnOnce() -> T) -> Result<Finished<T>, Diagnosis> {
        self.play(Box::new(|| to_bytes(&answer()))).map(Finished::of)
    }

    fn play(self, answer: Box<Subject<'_>>) -> Result<Run, Diagnosis> {
        let stage = Arc::new(Stage::default());
        let begins = Arc::new(Mutex::new(None));
        let numbers: Vec<RawFd> = self.theirs.iter().map(AsRawFd::as_raw_fd).collect();
        let (ours, mut theirs) = (self.ours, Some(self.theirs));
        ours.iter().for_each(|end| stage.keep(end));
        let mut playing: Vec<JoinHandle<Seen>> = Vec::new();
        if !observe::is_subject() {
            for (name, part) in self.peers {
                let (stage, place) = (Arc::clone(&stage), stage.enlist());
                playing.push(thread::spawn(move || Peer::play(&stage, place, name, part)));
            }
        }
        let orders = Orders {
            handed_down: numbers,
            quiet: Some(Box::new({
                let stage = Arc::clone(&stage);
                move || stage.quiet()
            })),
            resumed: Some(Box::new({
                let stage = Arc::clone(&stage);
                move || stage.resumed()
            })),
            begun: Box::new({
                let (stage, begins) = (Arc::clone(&stage), Arc::clone(&begins));
                move |pid, tid, heard| {
                    // Only the subject has its ends now, so a peer sees the end of a stream when it closes one.
                    observe::while_none_starts(|| drop(theirs.take()));
                    match heard {
                        true => *lock(&begins) = Some((pid, tid)),
                        false => stage.begin(pid, tid),
                    }
                }
            }),
            // It still waits for the observer, asleep, when it is met; its first word says that it has begun.
            listener: Box::new({
                let stage = Arc::clone(&stage);
                move |_, word| {
                    if *word == (Word::Unhush {})
                        && let Some((pid, tid)) = lock(&begins).take()
                    {
                        stage.begin(pid, tid);
                    }
                }
            }),
            ended: Box::new({
                let stage = Arc::clone(&stage);
                move || {
                    stage.end();
                    stage.until_all_are_done();
                    // A peer that still waits for the subject's side is let go with the last of it.
                    let seen = playing.drain(..).map(|peer| peer.join().expect("a peer does not panic"));
                    let mut seen: Vec<Seen> = seen.collect();
                    seen.iter_mut().zip(stage.sleeps()).for_each(|(seen, sleep)| seen.asleep_in = sleep);
                    ours.iter().for_each(Ours::close);
                    seen
                }
            }),
            processor: Some(PROCESSOR),
            ..Orders::until(DEADLINE)
        };
        let prepared = self.prepared;
        let subject = Box::new(move || {
            quietly(|| prepared.iter().for_each(|prepare| prepare()));
            answer()
        });
        let observation = observe::observe_with(orders, subject);
        stuck::judge(Run::new(observation, self.told), &self.because)
    }
}

/// Sets a socket's SO_SNDBUF to `size` bytes.
fn send_buffer(of: &UnixStream, size: libc::c_int) -> io::Result<()> {
    let length = size_of_val(&size) as libc::socklen_t;
    // SAFETY: the kernel reads `size`, which outlives the call.
    match unsafe {
        libc::setsockopt(of.as_raw_fd(), libc::SOL_SOCKET, libc::SO_SNDBUF, (&raw const size).cast(), length)
    } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
