//! What else a peer can do.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::thread;

use super::aside::INTERRUPTION;
use super::ends::Ours;
use super::peer::{Gone, LOOK_INTERVAL, Peer};

/// A receive buffer that is soon full, and not so small that the kernel would dole out its window in bytes.
static NARROW: libc::c_int = 4 << 10;

impl Peer<'_> {
    /// Interrupts the subject in its sleep: a signal, for which a [`super::Scene::interruptible`] scene has
    /// a handler.
    ///
    /// # Errors
    /// The subject ended first.
    pub fn interrupt(&self) -> Result<(), Gone> {
        self.until_asleep()?;
        self.signal(INTERRUPTION)
    }

    /// Writes each piece when the subject sleeps.
    ///
    /// # Errors
    /// The subject ended first, or has closed its end.
    pub fn write_in_pieces(&self, to: &Ours, pieces: &[&[u8]]) -> Result<(), Gone> {
        for piece in pieces {
            self.until_asleep()?;
            self.write(to, piece)?;
        }
        Ok(())
    }

    /// Reads until `wanted` bytes have come, or the stream ends; says how many came.
    ///
    /// # Errors
    /// ECONNRESET where the subject reset the connection.
    pub fn read_in_all(&mut self, from: &Ours, wanted: usize) -> Result<usize, Gone> {
        let mut got = 0;
        while got < wanted {
            match self.read(from, wanted - got)? {
                0 => break,
                more => got += more,
            }
        }
        Ok(got)
    }

    /// Connects to a listener of the subject's.
    ///
    /// # Errors
    /// ECONNREFUSED where nobody listens any more.
    pub fn connect(&self, to: SocketAddr) -> Result<Ours, Gone> {
        let end = Ours::new(TcpStream::connect(to)?.into());
        self.stage.keep(&end);
        Ok(end)
    }

    /// Connects to a listener of the subject's over IPv4 with a small receive buffer: some kibibytes that the
    /// peer does not read, and the subject can send no more.
    ///
    /// # Errors
    /// ECONNREFUSED where nobody listens any more.
    pub fn connect_narrow(&self, to: SocketAddr) -> Result<Ours, Gone> {
        // The size of the window is agreed on with the connection, so the buffer is made small before.
        // SAFETY: integers only.
        let number = unsafe { libc::socket(libc::AF_INET, libc::SOCK_STREAM | libc::SOCK_CLOEXEC, 0) };
        if number == -1 {
            return Err(io::Error::last_os_error().into());
        }
        // SAFETY: the descriptor is new, and nobody else's.
        let socket = unsafe { OwnedFd::from_raw_fd(number) };
        let SocketAddr::V4(to) = to else { return Err(io::Error::from_raw_os_error(libc::EAFNOSUPPORT).into()) };
        let address = libc::sockaddr_in {
            sin_family: libc::AF_INET as libc::sa_family_t,
            sin_port: to.port().to_be(),
            sin_addr: libc::in_addr { s_addr: u32::from(*to.ip()).to_be() },
            sin_zero: [0; 8],
        };
        let size = size_of_val(&NARROW) as libc::socklen_t;
        let length = size_of_val(&address) as libc::socklen_t;
        // SAFETY: the kernel reads `NARROW` and `address`, which outlive the calls.
        let connected = unsafe {
            libc::setsockopt(number, libc::SOL_SOCKET, libc::SO_RCVBUF, (&raw const NARROW).cast(), size);
            libc::connect(number, (&raw const address).cast(), length)
        };
        if connected != 0 {
            return Err(io::Error::last_os_error().into());
        }
        let end = Ours::new(socket);
        self.stage.keep(&end);
        Ok(end)
    }

    /// Waits until all that was sent over a TCP connection, its end too, has come to the other side: nothing is
    /// unsent or unacknowledged any more (tcp(7), SIOCOUTQ). Whoever reads there finds it all.
    ///
    /// # Errors
    /// The subject ended first.
    pub fn until_there(&self, end: &Ours) -> Result<(), Gone> {
        self.wait();
        loop {
            let mut under_way: libc::c_int = 0;
            // SAFETY: the kernel writes one int, which outlives the call.
            match unsafe { libc::ioctl(end.for_a_call()?.as_raw_fd(), libc::TIOCOUTQ, &raw mut under_way) } {
                0 if under_way == 0 => break,
                0 if self.stage.has_ended() => return Err(Gone::ended()),
                0 => thread::sleep(LOOK_INTERVAL),
                _ => return Err(io::Error::last_os_error().into()),
            }
        }
        self.act();
        Ok(())
    }

    /// Makes any other call on the peer's end.
    ///
    /// # Errors
    /// What the call reports.
    pub fn on<T>(&self, end: &Ours, call: impl FnOnce(BorrowedFd<'_>) -> io::Result<T>) -> Result<T, Gone> {
        Ok(call(end.for_a_call()?.as_fd())?)
    }
}
