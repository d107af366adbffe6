//! A server that finishes one client before it turns to the next makes all wait for the slowest.
//!
//! Blocking I/O waits for one descriptor at a time. Whoever comes meanwhile is not turned away:
//! the kernel completes the connection, queues it for `accept`, and queues what is sent over it.
//! From outside all is well, except that no answer comes, until a client who has nothing to do
//! with it has left.
//!
//! Rests on: listen(2), "backlog"; UNPv3 section 4.8, "Concurrent Servers"; Linux
//! net/ipv4/tcp_ipv4.c, `tcp_v4_syn_recv_sock` (a connection is made without the server's process).

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::thread;
use std::time::Duration;

use lab::{Lesson, Turn};
use nix::sys::socket::{MsgFlags, recv};
use nix::unistd::{read, write};

/// How long the first client has nothing to say.
const SILENCE: Duration = Duration::from_millis(20);

/// Serves two clients, one after the other.
pub fn head_of_line(lesson: &Lesson) -> io::Result<()> {
    let listener = lesson.quietly(|| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
    lesson.name(&listener, "listener");
    let address = lesson.quietly(|| listener.local_addr())?;

    thread::scope(|scope| {
        let clients = lesson.peer(scope, "clients", |turn| two_clients(lesson, turn, address));

        let (first, _) = listener.accept()?;
        lesson.name(&first, "first");
        echo(&first)?;
        drop(first);

        lesson.say("only now does the server look who else has come");
        let (second, _) = listener.accept()?;
        lesson.name(&second, "second");
        let mut buffer = [0; 16];
        let count = lesson.predict(
            "The quick client asked long ago, before it was accepted. What does the first read from it do?",
            &[
                ("sleeps", "It would for a client that connects and is silent. This one has sent its request."),
                (
                    "\"hurry\"",
                    "The request has been in the socket's queue, and the socket in the listener's, all the time.",
                ),
                ("0", "Zero would mean that the client has given up. It still waits."),
            ],
            || read(&second, &mut buffer),
        )?;
        write(&second, &buffer[..count])?;

        let unanswered = clients.join().map_err(|_| io::Error::other("the clients panicked"))?;
        lesson.seen(
            "a client can connect and send with no accept; what it cannot have before the first is done is an answer",
            unanswered && count == 5,
        );
        lesson.quietly(|| drop((second, listener)));
        Ok(())
    })
}

/// Sends back what comes, up to the end of the stream.
fn echo(client: &TcpStream) -> io::Result<()> {
    let mut buffer = [0; 16];
    loop {
        match read(client, &mut buffer)? {
            0 => return Ok(()),
            // 16 bytes always fit into an empty send buffer.
            count => write(client, &buffer[..count])?,
        };
    }
}

/// The slow one connects and is silent, the quick one asks; whether that had no answer in the
/// meantime.
fn two_clients(lesson: &Lesson, turn: &Turn, address: SocketAddr) -> io::Result<bool> {
    let slow = TcpStream::connect(address)?;
    lesson.name(&slow, "slow client");

    turn.next();
    lesson.say("a second client comes, and the kernel alone lets it in");
    let quick = TcpStream::connect(address)?;
    lesson.name(&quick, "quick client");
    write(&quick, b"hurry")?;
    turn.keep_waiting(SILENCE);
    let early = recv(quick.as_raw_fd(), &mut [0; 16], MsgFlags::MSG_DONTWAIT);
    drop(slow);

    turn.next();
    read(&quick, &mut [0; 16])?;
    lesson.quietly(|| drop(quick));
    Ok(early == Err(nix::Error::EAGAIN))
}
