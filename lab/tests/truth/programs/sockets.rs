//! Sockets of every family, and what travels through them.

use std::io::{self};
use std::os::fd::AsRawFd;

use nix::errno::Errno;
use nix::sys::signal::{SaFlags, SigSet, Signal};
use nix::sys::socket::{
    AddressFamily, Backlog, MsgFlags, Shutdown, SockFlag, SockType, SockaddrIn, UnixAddr, accept, accept4, bind,
    connect, getpeername, getsockname, getsockopt, listen, recv, recvfrom, send, sendto, setsockopt, shutdown, socket,
    socketpair, sockopt,
};
use nix::sys::time::{TimeVal, TimeValLike};
use nix::sys::wait::waitpid;
use nix::unistd::{read, write};

use super::processes::child;
use super::signals::{handle_with, handled, tell, when_asleep};
use super::{Thread, address, in_a_folder, kernel, owned, refused, until, word};

pub(super) fn pair(kind: SockType) -> nix::Result<(std::os::fd::OwnedFd, std::os::fd::OwnedFd)> {
    socketpair(AddressFamily::Unix, kind, None, SockFlag::SOCK_CLOEXEC)
}

/// A stream that is read in parts, peeked into and shut down by halves.
pub fn a_unix_stream() -> io::Result<()> {
    let (left, right) = pair(SockType::Stream)?;
    write(&left, b"hello, world")?;
    recv(right.as_raw_fd(), &mut [0; 5], MsgFlags::MSG_PEEK)?;
    read(&right, &mut [0; 5])?;
    recv(right.as_raw_fd(), &mut [0; 100], MsgFlags::empty())?;
    refused(Errno::EAGAIN, recv(right.as_raw_fd(), &mut [0; 100], MsgFlags::MSG_DONTWAIT))?;
    send(left.as_raw_fd(), b"last", MsgFlags::MSG_NOSIGNAL)?;
    shutdown(left.as_raw_fd(), Shutdown::Write)?;
    recv(right.as_raw_fd(), &mut [0; 100], MsgFlags::MSG_WAITALL)?;
    read(&right, &mut [0; 100])?;
    write(&right, b"half open")?;
    read(&left, &mut [0; 100])?;
    drop(right);
    refused(Errno::EPIPE, send(left.as_raw_fd(), b"gone", MsgFlags::MSG_NOSIGNAL))?;
    let (left, right) = pair(SockType::SeqPacket)?;
    write(&left, b"a record")?;
    read(&right, &mut [0; 3])?;
    Ok(())
}

/// Paths, abstract names and no name at all.
pub fn unix_addresses() -> io::Result<()> {
    in_a_folder(|| {
        let make =
            || socket(AddressFamily::Unix, SockType::Stream, SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK, None);
        let listener = make()?;
        bind(listener.as_raw_fd(), &UnixAddr::new("here.socket")?)?;
        listen(&listener, Backlog::new(3)?)?;
        refused(Errno::EAGAIN, accept(listener.as_raw_fd()))?;
        getsockname::<UnixAddr>(listener.as_raw_fd())?;
        let client = make()?;
        connect(client.as_raw_fd(), &UnixAddr::new("here.socket")?)?;
        let served = owned(accept4(listener.as_raw_fd(), SockFlag::SOCK_CLOEXEC)?.into());
        getpeername::<UnixAddr>(client.as_raw_fd())?;
        getpeername::<UnixAddr>(served.as_raw_fd())?;
        let stranger = make()?;
        refused(Errno::ENOENT, connect(stranger.as_raw_fd(), &UnixAddr::new("nowhere.socket")?))?;
        refused(Errno::ENOTCONN, getpeername::<UnixAddr>(stranger.as_raw_fd()))?;
        let hidden = socket(AddressFamily::Unix, SockType::Datagram, SockFlag::empty(), None)?;
        // Two runs at once would take an abstract name from one another; one without a name is only refused.
        refused(Errno::ECONNREFUSED, connect(hidden.as_raw_fd(), &UnixAddr::new_abstract(b"ready-or-done nobody")?))?;
        refused(
            Errno::ECONNREFUSED,
            sendto(hidden.as_raw_fd(), b"?", &UnixAddr::new_abstract(b"ready-or-done nobody")?, MsgFlags::empty()),
        )
    })
}

/// A connection over loopback, from bind to the end of file, and the ways to be refused.
pub fn a_tcp_connection() -> io::Result<()> {
    let make = |flags| socket(AddressFamily::Inet, SockType::Stream, SockFlag::SOCK_CLOEXEC | flags, None);
    let listener = make(SockFlag::empty())?;
    setsockopt(&listener, sockopt::ReuseAddr, &true)?;
    bind(listener.as_raw_fd(), &SockaddrIn::new(127, 0, 0, 1, 0))?;
    listen(&listener, Backlog::new(16)?)?;
    let here: SockaddrIn = getsockname(listener.as_raw_fd())?;
    let client = make(SockFlag::empty())?;
    refused(Errno::EPIPE, send(client.as_raw_fd(), b"early", MsgFlags::MSG_NOSIGNAL))?;
    refused(Errno::ENOTCONN, recv(client.as_raw_fd(), &mut [0; 4], MsgFlags::empty()))?;
    connect(client.as_raw_fd(), &here)?;
    refused(Errno::EISCONN, connect(client.as_raw_fd(), &here))?;
    let served = accepted(&listener)?;
    setsockopt(&served, sockopt::TcpNoDelay, &true)?;
    getpeername::<SockaddrIn>(served.as_raw_fd())?;
    write(&client, b"question")?;
    read(&served, &mut [0; 64])?;
    send(served.as_raw_fd(), b"answer", MsgFlags::from_bits_retain(libc::MSG_NOSIGNAL | libc::MSG_MORE))?;
    shutdown(served.as_raw_fd(), Shutdown::Write)?;
    // A stream has no address to tell.
    recvfrom::<SockaddrIn>(client.as_raw_fd(), &mut [0; 3])?;
    recv(client.as_raw_fd(), &mut [0; 64], MsgFlags::MSG_WAITALL)?;
    read(&client, &mut [0; 64])?;
    drop((client, served));
    let eager = make(SockFlag::SOCK_NONBLOCK)?;
    refused(Errno::EINPROGRESS, connect(eager.as_raw_fd(), &here))?;
    drop(accepted(&listener)?);
    // A port that is taken and not listened to: of one that was given up nobody knows whose it is next.
    let silent = make(SockFlag::empty())?;
    bind(silent.as_raw_fd(), &SockaddrIn::new(127, 0, 0, 1, 0))?;
    let there: SockaddrIn = getsockname(silent.as_raw_fd())?;
    let stranger = make(SockFlag::empty())?;
    refused(Errno::ECONNREFUSED, connect(stranger.as_raw_fd(), &there))
}

/// accept that tells who came.
fn accepted(listener: &impl AsRawFd) -> nix::Result<std::os::fd::OwnedFd> {
    let mut from = [0_u8; 128];
    let mut length = 128_u32;
    let arguments = [word(listener), from.as_mut_ptr() as usize, &raw mut length as usize, libc::SOCK_CLOEXEC as usize];
    // SAFETY: the address and its length are valid for what the length says.
    unsafe { kernel(libc::SYS_accept4, &arguments) }.map(owned)
}

/// Options of every shape: numbers, times, structures, other levels.
pub fn socket_options() -> io::Result<()> {
    let tcp = socket(AddressFamily::Inet, SockType::Stream, SockFlag::SOCK_CLOEXEC, None)?;
    setsockopt(&tcp, sockopt::ReuseAddr, &true)?;
    setsockopt(&tcp, sockopt::KeepAlive, &false)?;
    setsockopt(&tcp, sockopt::RcvBuf, &4096)?;
    getsockopt(&tcp, sockopt::RcvBuf)?;
    getsockopt(&tcp, sockopt::SndBuf)?;
    setsockopt(&tcp, sockopt::ReceiveTimeout, &TimeVal::milliseconds(1500))?;
    getsockopt(&tcp, sockopt::ReceiveTimeout)?;
    setsockopt(&tcp, sockopt::SendTimeout, &TimeVal::seconds(2))?;
    setsockopt(&tcp, sockopt::Linger, &libc::linger { l_onoff: 1, l_linger: 7 })?;
    getsockopt(&tcp, sockopt::Linger)?;
    getsockopt(&tcp, sockopt::SocketError)?;
    getsockopt(&tcp, sockopt::SockType)?;
    getsockopt(&tcp, sockopt::AcceptConn)?;
    setsockopt(&tcp, sockopt::TcpNoDelay, &true)?;
    getsockopt(&tcp, sockopt::TcpNoDelay)?;
    setsockopt(&tcp, sockopt::TcpKeepIdle, &60)?;
    setsockopt(&tcp, sockopt::Ipv4Ttl, &17)?;
    getsockopt(&tcp, sockopt::Ipv4Ttl)?;
    let number = 1_i32;
    let raw = |level: i32, name: i32, length: usize| {
        let arguments = [word(&tcp), level as usize, name as usize, address(&number), length];
        // SAFETY: the kernel reads at most `length` bytes of the number.
        unsafe { kernel(libc::SYS_setsockopt, &arguments) }
    };
    refused(Errno::EINVAL, raw(libc::SOL_SOCKET, libc::SO_REUSEADDR, 2))?;
    refused(Errno::ENOPROTOOPT, raw(libc::SOL_SOCKET, 9999, 4))?;
    refused(Errno::EINVAL, raw(libc::SOL_SOCKET, libc::SO_LINGER, 4))?;
    raw(libc::IPPROTO_IP, libc::IP_TOS, 1)?;
    let (left, _right) = pair(SockType::Stream)?;
    getsockopt(&left, sockopt::PeerCredentials)?;
    setsockopt(&left, sockopt::PassCred, &true)?;
    Ok(())
}

/// A socket's own timeouts: with one, a signal ends the call whatever its handler's flags say.
pub fn sockets_with_timeouts() -> io::Result<()> {
    let (left, right) = pair(SockType::Stream)?;
    setsockopt(&left, sockopt::ReceiveTimeout, &TimeVal::milliseconds(3))?;
    refused(Errno::EAGAIN, read(&left, &mut [0; 8]))?;
    handle_with(Signal::SIGUSR1, SaFlags::SA_RESTART)?;
    setsockopt(&left, sockopt::ReceiveTimeout, &TimeVal::seconds(1_000))?;
    let receives = [libc::SYS_read, libc::SYS_recvfrom];
    let wake = |sleeper| tell(sleeper, Signal::SIGUSR1);
    refused(Errno::EINTR, when_asleep(&receives, wake, || read(&left, &mut [0; 8]))?)?;
    setsockopt(&left, sockopt::ReceiveTimeout, &TimeVal::seconds(0))?;
    let wake_and_feed = |sleeper: Thread| {
        tell(sleeper, Signal::SIGUSR1);
        until(|| handled() == 2);
        sleeper.until_asleep_in(&receives);
        assert_eq!(write(&right, b"late"), Ok(4), "the other end is open");
    };
    when_asleep(&receives, wake_and_feed, || recv(left.as_raw_fd(), &mut [0; 8], MsgFlags::empty()))??;
    Ok(())
}

/// A server that sleeps in accept and read, and a client in another process: a thread that looks
/// whether the server sleeps would take the number of its next descriptor meanwhile.
pub fn a_blocking_server() -> io::Result<()> {
    SigSet::from(Signal::SIGCHLD).thread_block()?;
    let listener = socket(AddressFamily::Inet, SockType::Stream, SockFlag::SOCK_CLOEXEC, None)?;
    bind(listener.as_raw_fd(), &SockaddrIn::new(127, 0, 0, 1, 0))?;
    listen(&listener, Backlog::new(4)?)?;
    let here: SockaddrIn = getsockname(listener.as_raw_fd())?;
    let server = Thread::this();
    let client = child(server, libc::SYS_accept4, || {
        let talk = || -> io::Result<()> {
            let client = socket(AddressFamily::Inet, SockType::Stream, SockFlag::SOCK_CLOEXEC, None)?;
            connect(client.as_raw_fd(), &here)?;
            for word in [&b"first"[..], b"and last"] {
                server.until_asleep_in(&[libc::SYS_read]);
                write(&client, word)?;
                read(&client, &mut [0; 32])?;
            }
            server.until_asleep_in(&[libc::SYS_read]);
            shutdown(client.as_raw_fd(), Shutdown::Write)?;
            read(&client, &mut [0; 32])?;
            Ok(())
        };
        talk().expect("the server serves");
    })?;
    let served = accepted(&listener)?;
    let mut buffer = [0; 32];
    while let got @ 1.. = read(&served, &mut buffer)? {
        write(&served, &buffer[..got])?;
    }
    drop(served);
    waitpid(client, None)?;
    Ok(())
}
