//! Clients of an echo server.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::ops::RangeInclusive;
use std::os::fd::AsRawFd;
use std::process::{self};
use std::sync::LazyLock;
use std::thread::{self};
use std::time::Duration;

use super::process::*;
use super::server::*;
use super::sockets::*;

/// How long a connection may take to be made; a full queue makes it wait for ever.
pub(super) const CONNECT_DEADLINE: Duration = Duration::from_secs(10);
/// For how many looks an acknowledgement is waited for that may never come.
pub(super) const ACKNOWLEDGED_LOOKS: u32 = 300;
/// What a server may take from a client that reads nothing before it counts as hoarding.
pub(super) const HOARD_BYTES: u64 = 256 << 20;

/// A client that sends known bytes, and knows each byte that must come back.
#[derive(Debug)]
pub struct Client {
    stream: TcpStream,
    /// How many bytes it has sent.
    pub sent: u64,
    /// How many of them have come back.
    pub received: u64,
}

/// The bytes that clients send, over and over. No buffer has so odd a length, so a piece that is
/// lost, doubled or out of place is a difference.
static BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut random = 1_u64;
    let once: Vec<u8> = (0..PERIOD)
        .map(|_| {
            // Knuth's generator; its upper bits are the good ones.
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 56) as u8
        })
        .collect();
    once.repeat(2)
});
pub(super) const PERIOD: usize = 65_537;

/// The bytes from position `at` on: `most` of them, or as many as lie in a row.
#[must_use]
pub fn bytes_at(at: u64, most: u64) -> &'static [u8] {
    let start = usize::try_from(at % PERIOD as u64).expect("less than the period");
    let len = usize::try_from(most.min(PERIOD as u64)).expect("at most the period");
    &BYTES[start..start + len]
}

impl Client {
    /// A client of the server at `address`.
    #[must_use]
    pub fn connect(address: SocketAddr) -> Client {
        let stream = TcpStream::connect_timeout(&address, CONNECT_DEADLINE)
            .unwrap_or_else(|error| panic!("no room in the server's queue, or no server: {error}"));
        // Each piece at once: otherwise Nagle's algorithm collects small ones.
        stream.set_nodelay(true).expect("a TCP socket");
        stream.set_read_timeout(Some(DEADLINE)).expect("a deadline that is not zero");
        stream.set_write_timeout(Some(DEADLINE)).expect("a deadline that is not zero");
        Client { stream, sent: 0, received: 0 }
    }

    /// Sends the next `count` bytes.
    pub fn send(&mut self, count: u64) {
        let end = self.sent + count;
        while self.sent < end {
            match self.stream.write(bytes_at(self.sent, end - self.sent)) {
                Ok(taken) => self.sent += taken as u64,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => panic!("after {} bytes the server takes no more: {error}", self.sent),
            }
        }
    }

    /// Sends without reading anything until everybody's buffers are full, and the server sleeps although
    /// there is more to read.
    pub fn fill(&mut self, server: &Server) {
        Client::fill_all(std::slice::from_mut(self), server);
    }

    /// [`Client::fill`] for several at once.
    pub fn fill_all(clients: &mut [Client], server: &Server) {
        loop {
            clients.iter_mut().for_each(Client::send_what_fits);
            server.wait_until_quiet();
            // Where nothing waits to be read, bytes are still on their way.
            if clients.iter().all(|client| client.unread_by_server() > 0) {
                break;
            }
        }
    }

    fn send_what_fits(&mut self) {
        self.stream.set_nonblocking(true).expect("a socket");
        loop {
            match self.stream.write(bytes_at(self.sent, u64::MAX)) {
                Ok(taken) => self.sent += taken as u64,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => panic!("after {} bytes: {error}", self.sent),
            }
            assert!(self.sent < HOARD_BYTES, "the server reads on although the client takes nothing back");
        }
        self.stream.set_nonblocking(false).expect("a socket");
    }

    /// Receives the next `count` bytes.
    pub fn receive(&mut self, count: u64) {
        let end = self.received + count;
        while self.received < end {
            assert!(self.receive_some(end - self.received), "end of file after {} of {end} bytes", self.received);
        }
    }

    /// Receives until the server closes, and returns how many bytes came in all.
    pub fn receive_to_the_end(&mut self) -> u64 {
        while self.receive_some(u64::MAX) {}
        self.received
    }

    /// One read, checked; whether it was not the end of file.
    fn receive_some(&mut self, most: u64) -> bool {
        let received = self.received;
        self.try_receive(most).unwrap_or_else(|error| panic!("after {received} bytes received: {error}"))
    }

    pub(super) fn try_receive(&mut self, most: u64) -> io::Result<bool> {
        let mut buffer = [0; 65_536];
        let most = usize::try_from(most).unwrap_or(usize::MAX).min(buffer.len());
        let got = loop {
            match self.stream.read(&mut buffer[..most]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                other => break &buffer[..other?],
            }
        };
        let expected = bytes_at(self.received, got.len() as u64);
        if got != expected {
            let first = got.iter().zip(expected).position(|(got, expected)| got != expected).unwrap_or_default();
            panic!("byte {} that came back is not the byte that was sent", self.received + first as u64);
        }
        self.received += got.len() as u64;
        Ok(!got.is_empty())
    }

    /// How many bytes the server has read: those that no buffer of the kernel holds any more. Of a server that
    /// sleeps; where acknowledgements are missing still, up to so many more.
    #[must_use]
    pub fn read_by_server(&self) -> RangeInclusive<u64> {
        // What has arrived and is not acknowledged would count as in two buffers. Acknowledgements may be
        // delayed, but for bytes that the server's buffer had no room for none will come.
        for _ in 0..ACKNOWLEDGED_LOOKS {
            if self.queued(libc::TIOCOUTQ) == self.queued(libc::SIOCOUTQNSD) {
                break;
            }
            thread::sleep(LOOK_INTERVAL);
        }
        let (unacknowledged, unsent) = (self.queued(libc::TIOCOUTQ), self.queued(libc::SIOCOUTQNSD));
        let at_least = self.sent.saturating_sub(unacknowledged + self.unread_by_server());
        at_least..=at_least + unacknowledged.saturating_sub(unsent)
    }

    /// How many bytes wait at this end: TIOCOUTQ, for an acknowledgement; SIOCOUTQNSD, to be sent at all (tcp(7)).
    fn queued(&self, which: libc::Ioctl) -> u64 {
        let mut bytes: libc::c_int = 0;
        // SAFETY: both requests write one int.
        let answer = unsafe { libc::ioctl(self.stream.as_raw_fd(), which, &mut bytes) };
        assert_eq!(answer, 0, "SIOCOUTQ: {}", io::Error::last_os_error());
        u64::from(bytes.unsigned_abs())
    }

    /// How many bytes have arrived at the server's socket and wait there to be read.
    fn unread_by_server(&self) -> u64 {
        let port = |address: io::Result<SocketAddr>| address.expect("a connected socket").port();
        let (client, server) = (port(self.stream.local_addr()), port(self.stream.peer_addr()));
        let mut unread = None;
        // The kernel tells its table piece by piece, and where others close their sockets in between, it skips some.
        wait_for("the server's end of a connection", || {
            let sockets = tcp_sockets(process::id().cast_signed(), Some(server));
            let end = sockets.iter().find(|socket| (socket.local_port, socket.remote_port) == (server, client));
            unread = end.map(|end| end.unread);
            unread.is_some()
        });
        unread.unwrap_or_default()
    }

    /// Sends `count` bytes, few enough for a socket buffer, and then receives them.
    pub fn call(&mut self, count: u64) {
        self.send(count);
        self.receive(count);
    }

    /// Sends pieces of these sizes, and receives all of them at the same time.
    pub fn exchange(&mut self, pieces: impl IntoIterator<Item = u64>) {
        let pieces: Vec<u64> = pieces.into_iter().collect();
        let count = pieces.iter().sum();
        let mut sender = Client { stream: self.stream.try_clone().expect("a descriptor"), ..*self };
        let sender = thread::spawn(move || pieces.into_iter().for_each(|piece| sender.send(piece)));
        self.receive(count);
        sender.join().expect("the sending thread");
        self.sent += count;
    }

    /// Runs `receiving` while another thread sends without end; then breaks the connection off.
    pub fn while_pouring<T>(mut self, receiving: impl FnOnce(&mut Client) -> T) -> T {
        let mut stream = self.stream.try_clone().expect("a descriptor");
        let mut sent = self.sent;
        // Ends when the connection does, from whichever side.
        let sender = thread::spawn(move || {
            while let Ok(taken) = stream.write(bytes_at(sent, u64::MAX)) {
                sent += taken as u64;
            }
        });
        let value = receiving(&mut self);
        // Wakes a sleeping write. Where the server is gone there is nothing left to shut down.
        let _ = self.stream.shutdown(Shutdown::Both);
        sender.join().expect("the sending thread");
        value
    }

    /// Says that it sends no more.
    pub fn half_close(&self) {
        self.stream.shutdown(Shutdown::Write).expect("a connection");
    }

    /// Whether nothing has come that it has not received yet, and no end either.
    #[must_use]
    pub fn is_kept_waiting(&self) -> bool {
        self.stream.set_nonblocking(true).expect("a socket");
        let peeked = self.stream.peek(&mut [0]);
        self.stream.set_nonblocking(false).expect("a socket");
        matches!(peeked.map_err(|error| error.kind()), Err(ErrorKind::WouldBlock))
    }

    /// Half-closes, and expects all that is still owed and then the end.
    pub fn finish(self) {
        self.half_close();
        self.expect_the_rest();
    }

    /// After a half-close: expects all that is still owed and then the end.
    pub fn expect_the_rest(mut self) {
        let (sent, received) = (self.sent, self.receive_to_the_end());
        assert_eq!(received, sent, "bytes that came back before the end, and bytes sent");
    }

    /// Breaks the connection off: a reset, not a FIN.
    pub fn reset(self) {
        break_off(&self.stream);
    }
}

/// Makes the close of a connection a reset, whatever is under way.
pub(super) fn break_off(stream: &TcpStream) {
    let linger = libc::linger { l_onoff: 1, l_linger: 0 };
    let size = libc::socklen_t::try_from(size_of_val(&linger)).expect("a few bytes");
    // SAFETY: `linger` is valid for its size, and the option takes just that type.
    let answer = unsafe {
        let linger = std::ptr::from_ref(&linger).cast();
        libc::setsockopt(stream.as_raw_fd(), libc::SOL_SOCKET, libc::SO_LINGER, linger, size)
    };
    assert_eq!(answer, 0, "SO_LINGER: {}", io::Error::last_os_error());
}
