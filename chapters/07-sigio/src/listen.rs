//! Where the server is reached: in TCP and in UDP, on the same port of loopback.
//!
//! Rests on: ip(7), tcp(7), udp(7), listen(2).

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, Backlog, SockFlag, SockType, SockaddrIn, bind, getsockname, listen, setsockopt, socket, sockopt,
};

/// How many clients may wait in the kernel for their turn; net.core.somaxconn caps it.
const BACKLOG: i32 = 1024;

/// A listening socket and one for datagrams, on the same `port` of loopback.
pub fn listen_on(port: u16) -> io::Result<(OwnedFd, OwnedFd)> {
    let on = |kind, port| {
        let socket = socket(AddressFamily::Inet, kind, SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK, None)?;
        if kind == SockType::Stream {
            // Connections that a former server closed first hold the port for a minute (TIME_WAIT).
            setsockopt(&socket, sockopt::ReuseAddr, &true)?;
        }
        bind(socket.as_raw_fd(), &SockaddrIn::new(127, 0, 0, 1, port))?;
        Ok(socket)
    };
    let both = || {
        let listener = on(SockType::Stream, port)?;
        let same = getsockname::<SockaddrIn>(listener.as_raw_fd())?.port();
        let datagrams = on(SockType::Datagram, same)?;
        // Contract: an explicit backlog.
        listen(&listener, Backlog::new(BACKLOG)?)?;
        Ok((listener, datagrams))
    };
    // The free port that TCP was given may be taken in UDP: the next try gets another.
    let mut tries = if port == 0 { 9 } else { 0 };
    let mut sockets = both();
    while tries > 0 && matches!(sockets, Err(Errno::EADDRINUSE)) {
        (tries, sockets) = (tries - 1, both());
    }
    // Contract: an error says what was tried, what the kernel answered, and what to do next.
    sockets.map_err(|errno: Errno| {
        let next = match errno {
            Errno::EADDRINUSE => "another socket has that port (see `ss -tuanp`): end it, or use --port 0",
            Errno::EACCES => "a port this low needs CAP_NET_BIND_SERVICE: use one from 1024 on, or --port 0",
            Errno::EMFILE => "this process may open no more descriptors: raise `ulimit -n`",
            _ => "see socket(2), bind(2) and listen(2)",
        };
        let error = format!("cannot listen on 127.0.0.1:{port}: {errno}; {next}");
        io::Error::new(io::Error::from(errno).kind(), error)
    })
}
