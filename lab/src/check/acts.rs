//! What else a peer can do.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};

use super::aside::INTERRUPTION;
use super::peer::{Gone, Peer};
use super::scene::Ours;

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

    /// Makes any other call on the peer's end.
    ///
    /// # Errors
    /// What the call reports.
    pub fn on<T>(&self, end: &Ours, call: impl FnOnce(BorrowedFd<'_>) -> io::Result<T>) -> Result<T, Gone> {
        Ok(call(end.for_a_call()?.as_fd())?)
    }
}
