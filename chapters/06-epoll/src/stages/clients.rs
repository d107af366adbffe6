//! Clients that find the stages' faults.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;

use nix::sys::socket::{AddressFamily, SockFlag, SockType, SockaddrStorage, connect, setsockopt, socket, sockopt};

/// Small, so that little has to be sent until nothing more fits; the kernel rounds it up.
const SMALL_BUFFER: usize = 4096;

/// A listener whose clients get small send buffers, and its address.
pub fn narrow_listener() -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    setsockopt(&listener, sockopt::SndBuf, &SMALL_BUFFER)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// A client that has little room for what it does not read.
pub fn narrow_client(address: SocketAddr) -> io::Result<TcpStream> {
    let client = socket(AddressFamily::Inet, SockType::Stream, SockFlag::SOCK_CLOEXEC, None)?;
    // Before the connection: then it is told how little the client takes.
    setsockopt(&client, sockopt::RcvBuf, &SMALL_BUFFER)?;
    connect(client.as_raw_fd(), &SockaddrStorage::from(address))?;
    let client = TcpStream::from(client);
    client.set_nonblocking(true)?;
    Ok(client)
}
