//! The host's TCP sockets, as far as something may be under way in them.
//!
//! sock_diag(7) is asked, for all states but one: a connection that is over is nobody's and moves nothing, and
//! after a crowd there are thousands. In /proc/net/tcp each of them is a line, which the kernel has to write and
//! we to read. That text is for a kernel without sock_diag.

use std::fs;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

/// States of the kernel's (include/net/tcp_states.h).
const TIME_WAIT: u8 = 6;
const LISTEN: u8 = 10;
const NEW_SYN_RECV: u8 = 12;

/// States in which a socket without a descriptor has something to tell its peer: SYN_RECV, FIN_WAIT1, LAST_ACK and
/// CLOSING.
const HANDSHAKES: [u8; 4] = [3, 4, 9, 11];

/// A socket of the host's.
#[derive(Debug)]
pub(super) struct Socket {
    pub(super) local: Vec<u8>,
    pub(super) remote: Vec<u8>,
    /// Zero where it is no process's any more, or none's yet.
    pub(super) inode: u64,
    state: u8,
    /// How many bytes are unsent or unacknowledged.
    unsent: u32,
    /// Which timer runs, 0 for none.
    timer: u8,
}

impl Socket {
    /// Whether it is nobody's, and has something to tell its peer all the same.
    pub(super) fn is_nobodys(&self) -> bool {
        self.inode == 0 && HANDSHAKES.contains(&self.state)
    }

    /// Whether anything of it is unsent, unacknowledged or timed. Timer 2 is keepalive; 1, 3 and 4 retransmit, wait
    /// and probe.
    pub(super) fn is_under_way(&self) -> bool {
        // A listener tells there how many may wait.
        self.state != LISTEN && self.unsent > 0 || !matches!(self.timer, 0 | 2)
    }
}

/// All TCP sockets of the network namespace but those in TIME_WAIT.
pub(super) fn sockets() -> Vec<Socket> {
    let asked = [libc::AF_INET, libc::AF_INET6].map(|family| ask(family as u8));
    match asked {
        [Ok(four), Ok(six)] => four.into_iter().chain(six).collect(),
        // No IPv6 here.
        [Ok(four), Err(_)] if fs::metadata("/proc/net/tcp6").is_err() => four,
        _ => ["tcp", "tcp6"].into_iter().flat_map(in_text).collect(),
    }
}

/// The answer's parts (include/uapi/linux/inet_diag.h, struct inet_diag_msg), by their places.
fn read(answer: &[u8]) -> Option<Socket> {
    let number = |at: usize| answer.get(at..at + 4).map(|bytes| u32::from_ne_bytes(bytes.try_into().expect("four")));
    let end =
        |port: usize, address: usize| Some([answer.get(port..port + 2)?, answer.get(address..address + 16)?].concat());
    Some(Socket {
        local: end(4, 8)?,
        remote: end(6, 24)?,
        inode: number(68)?.into(),
        state: *answer.get(1)?,
        unsent: number(60)?,
        timer: *answer.get(2)?,
    })
}

/// Asks sock_diag for the TCP sockets of an address family.
fn ask(family: u8) -> io::Result<Vec<Socket>> {
    // SAFETY: integers only; the descriptor is new, and nobody else's.
    let netlink = unsafe {
        match libc::socket(libc::AF_NETLINK, libc::SOCK_RAW | libc::SOCK_CLOEXEC, libc::NETLINK_SOCK_DIAG) {
            -1 => return Err(io::Error::last_os_error()),
            number => OwnedFd::from_raw_fd(number),
        }
    };
    let request = request(family);
    // SAFETY: the bytes are valid for their length.
    if unsafe { libc::send(netlink.as_raw_fd(), request.as_ptr().cast(), request.len(), 0) } < 0 {
        return Err(io::Error::last_os_error());
    }
    let mut sockets = Vec::new();
    let mut bytes = vec![0; 64 << 10];
    loop {
        // SAFETY: the buffer is valid for its length.
        let got = unsafe { libc::recv(netlink.as_raw_fd(), bytes.as_mut_ptr().cast(), bytes.len(), 0) };
        let mut rest = &bytes[..usize::try_from(got).map_err(|_| io::Error::last_os_error())?];
        while let Some((kind, answer, behind)) = message(rest) {
            match kind {
                SOCK_DIAG_BY_FAMILY => sockets.extend(read(answer)),
                DONE => return Ok(sockets),
                _ => return Err(io::ErrorKind::Unsupported.into()),
            }
            rest = behind;
        }
    }
}

const SOCK_DIAG_BY_FAMILY: u16 = 20;
const DONE: u16 = libc::NLMSG_DONE as u16;

/// A request for all sockets (struct nlmsghdr, and behind it struct inet_diag_req_v2).
fn request(family: u8) -> Vec<u8> {
    let states = ((1_u32 << (NEW_SYN_RECV + 1)) - 1) & !(1 << TIME_WAIT);
    let flags = (libc::NLM_F_REQUEST | libc::NLM_F_DUMP) as u16;
    let asked = [&[family, libc::IPPROTO_TCP as u8, 0, 0], states.to_ne_bytes().as_slice(), &[0; 48]].concat();
    let length = (HEADER + asked.len()) as u32;
    let kind = SOCK_DIAG_BY_FAMILY.to_ne_bytes();
    [length.to_ne_bytes().as_slice(), &kind, &flags.to_ne_bytes(), &[0; 8], &asked].concat()
}

/// The length of struct nlmsghdr.
const HEADER: usize = 16;

/// The first of some netlink messages: its type, what it says, and what is behind it (netlink(7)).
fn message(bytes: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let length = u32::from_ne_bytes(bytes.get(..4)?.try_into().ok()?) as usize;
    let kind = u16::from_ne_bytes(bytes.get(4..6)?.try_into().ok()?);
    Some((kind, bytes.get(HEADER..length)?, bytes.get(length.next_multiple_of(4)..).unwrap_or_default()))
}

/// The sockets in a table of text (proc(5), net/tcp); none where there is no such table.
fn in_text(table: &str) -> Vec<Socket> {
    let table = fs::read_to_string(format!("/proc/net/{table}")).unwrap_or_default();
    let read = |line: &str| {
        let columns: Vec<_> = line.split_whitespace().collect();
        let [_, local, remote, state, queues, timer, _, _, _, inode, ..] = columns[..] else { return None };
        Some(Socket {
            local: local.into(),
            remote: remote.into(),
            inode: inode.parse().ok()?,
            state: u8::from_str_radix(state, 16).ok()?,
            unsent: u32::from_str_radix(queues.split(':').next()?, 16).ok()?,
            timer: u8::from_str_radix(timer.split(':').next()?, 16).ok()?,
        })
    };
    table.lines().skip(1).filter_map(read).filter(|socket| socket.state != TIME_WAIT).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::{TcpListener, TcpStream};

    use super::*;

    /// What is told of the sockets at a port.
    fn at(port: u16, told: &[Socket]) -> Vec<(u8, bool)> {
        let ends = |socket: &Socket| {
            let text = format!(":{port:04X}");
            let is =
                |end: &[u8]| end.starts_with(&port.to_be_bytes()) && end.len() == 18 || end.ends_with(text.as_bytes());
            is(&socket.local) || is(&socket.remote)
        };
        let mut told: Vec<_> =
            told.iter().filter(|&socket| ends(socket)).map(|socket| (socket.state, socket.is_under_way())).collect();
        told.sort_unstable();
        told
    }

    #[test]
    fn the_answer_and_the_text_tell_the_same() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let client = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
        let (mut server, _) = listener.accept().expect("a client is there");
        let both = || {
            let asked = ask(libc::AF_INET as u8).expect("this kernel has sock_diag");
            (at(port, &asked), at(port, &in_text("tcp")))
        };
        const ESTABLISHED: (u8, bool) = (1, false);
        let idle = vec![ESTABLISHED, ESTABLISHED, (LISTEN, false)];
        assert_eq!(both(), (idle.clone(), idle));
        // More than the client's buffer holds, which reads nothing: the rest is under way for ever.
        server.set_nonblocking(true).expect("a socket takes this flag");
        while server.write(&[0; 1 << 16]).is_ok() {}
        let full = vec![ESTABLISHED, (1, true), (LISTEN, false)];
        assert_eq!(both(), (full.clone(), full));
        drop(client);
    }
}
