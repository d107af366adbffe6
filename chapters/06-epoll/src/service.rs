//! What this server does as every other: it listens, and prints its first line and its last.
//!
//! Rests on: socket(7), listen(2), tcp(7), getrlimit(2).

use std::fmt::{self, Display};
use std::io::{self, Write};
use std::net::{Ipv4Addr, TcpListener};

use nix::errno::Errno;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::socket::{Backlog, listen};

/// How many clients may wait in the kernel for `accept`; net.core.somaxconn caps it.
const BACKLOG: i32 = 1024;

/// Lets this process have as many descriptors as it may. The soft limit is low for the sake of select
/// (chapter 04); everybody may raise it to the hard one.
pub fn raise_descriptor_limit() -> nix::Result<()> {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, most, most)
}

/// A listener on `port` of loopback, in non-blocking mode.
pub fn listen_on(port: u16) -> io::Result<TcpListener> {
    let listening = || {
        // std sets SO_REUSEADDR: connections of a former server, in TIME_WAIT, do not refuse us the port.
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        // Contract: an explicit backlog. Listening once more changes the one that std chose.
        listen(&listener, Backlog::new(BACKLOG)?)?;
        Ok(listener)
    };
    // Contract: an error says what was tried, what the kernel answered, and what to do next.
    listening().map_err(|error: io::Error| {
        let errno = errno(&error);
        let next = match errno {
            Errno::EADDRINUSE => "another socket has that port (see `ss -tanp`): end it, or use --port 0",
            Errno::EACCES => "a port this low needs CAP_NET_BIND_SERVICE: use one from 1024 on, or --port 0",
            _ => "see socket(2), bind(2) and listen(2)",
        };
        io::Error::new(error.kind(), format!("cannot listen on 127.0.0.1:{port}: {errno}; {next}"))
    })
}

/// The errno in an error of the kernel.
pub fn errno(error: &io::Error) -> Errno {
    Errno::from_raw(error.raw_os_error().unwrap_or_default())
}

/// Prints a line. Where `println!` would panic, because `out` is closed or full, the server does without.
pub fn tell(mut out: impl Write, line: impl Display) {
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// What the server has done, for its last line.
#[derive(Debug, Default)]
pub struct Totals {
    /// Clients accepted.
    pub clients: u64,
    /// Bytes echoed.
    pub bytes: u64,
    /// Clients whose connection failed.
    pub resets: u64,
    /// Clients that were not done when the server was told to stop.
    pub still_open: usize,
}

impl Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Totals { clients, bytes, resets, still_open } = self;
        write!(f, "totals: clients {clients}, bytes {bytes}, resets {resets}, still open {still_open}")
    }
}
