//! What is asked of `mend_the_seed_server`: each of its faults has a demand of its own.

#[path = "mend_the_seed_server/clients.rs"]
mod clients;
#[path = "mend_the_seed_server/edges.rs"]
mod edges;
#[path = "mend_the_seed_server/service.rs"]
mod service;

use std::io;
use std::net::SocketAddr;
use std::os::fd::AsFd;

use lab::check::{Gone, Lent, Ours, Peer, Theirs, Verdict, each_of, quietly};
use nix::sys::socket::{setsockopt, sockopt};
use nix::unistd::read;

use super::answer::serve;

/// A piece of what a client says; in it no two places look alike.
const PIECE: usize = 1 << 10;
/// How many of them are more than a client and the server's own socket have room for.
const PIECES: usize = 32;

pub fn check() -> Verdict {
    each_of(
        "mended",
        &[
            ("a client that does not read makes nobody wait", edges::a_client_that_does_not_read),
            ("one edge of the listener, three clients", edges::three_clients_at_once),
            ("one edge of a client, more than one read", edges::more_than_one_read),
            ("a write takes a part", clients::a_write_takes_a_part),
            ("a half-close ends one direction", clients::a_half_close),
            ("a client that has gone takes nobody along", clients::a_client_that_has_gone),
            ("a signal comes while the server waits", service::a_signal),
            ("out of the set, and then closed", service::a_client_leaves),
            ("every client has a name of its own", service::names_of_clients),
            ("out of descriptors, not out of service", service::out_of_descriptors),
        ],
    )
}

/// `PIECES` pieces in a row.
fn message() -> Vec<u8> {
    (0..(PIECE * PIECES / 4) as u32).flat_map(u32::to_be_bytes).collect()
}

/// Runs the reader's server when the clients have come.
fn served_from(start: Theirs, listener: &Lent, clients: u64) -> io::Result<()> {
    let start = start.take();
    quietly(|| read(start.as_fd(), &mut [0]))?;
    serve(listener.as_fd(), clients)
}

/// Gives the connections that are to come send buffers as small as they can be.
fn narrow(listener: &Lent) -> io::Result<()> {
    Ok(quietly(|| setsockopt(listener, sockopt::SndBuf, &1))?)
}

/// Connects when the server waits; all a client does, it does then.
fn arrive(acts: &Peer<'_>, address: SocketAddr) -> Result<Ours, Gone> {
    acts.until_asleep()?;
    acts.connect(address)
}

/// Says something and waits for its echo.
fn talk(acts: &mut Peer<'_>, client: &Ours, words: &str) -> Result<(), Gone> {
    acts.until_asleep()?;
    acts.write(client, words.as_bytes())?;
    acts.read_in_all(client, words.len()).map(drop)
}

/// Has no more to say, and waits for the server to close too.
fn leave(acts: &mut Peer<'_>, client: &Ours) -> Result<(), Gone> {
    acts.until_asleep()?;
    acts.shutdown_write(client)?;
    acts.read_to_end(client)
}
