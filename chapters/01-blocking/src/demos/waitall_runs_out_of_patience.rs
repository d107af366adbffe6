//! MSG_WAITALL waits no longer than the socket, or another flag of the same call, allows.
//!
//! WAITALL only sets how many bytes are enough. How long to wait for them is asked elsewhere:
//! SO_RCVTIMEO on the socket, O_NONBLOCK on the file description, DONTWAIT in the call. When the
//! time is up a call that has copied something returns it; only an empty-handed one says EAGAIN.
//!
//! Rests on: socket(7), "SO_RCVTIMEO"; Linux net/unix/af_unix.c, `unix_stream_read_generic`
//! (`timeo`, and PEEK leaving the loop at the end of the queue); net/ipv4/tcp.c,
//! `tcp_recvmsg_locked`.

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::thread;

use lab::Lesson;
use nix::sys::socket::{MsgFlags, recv, setsockopt, sockopt};
use nix::sys::time::TimeVal;
use nix::unistd::write;

/// Asks for 16 bytes of which 3 will ever come.
pub fn waitall_runs_out_of_patience(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    let waitall = |also| recv(server.as_raw_fd(), &mut [0; 16], MsgFlags::MSG_WAITALL | also);

    write(&client, b"hel")?;
    let got = lesson.predict(
        "Three bytes are queued. What do WAITALL and DONTWAIT together return?",
        &[
            ("\"hel\"", "DONTWAIT decides when to stop: where the call would sleep. It has three bytes by then."),
            ("EAGAIN", "It would, with nothing queued. A call that has copied something returns that."),
            ("sleeps", "WAITALL alone would, for the other 13 bytes."),
        ],
        || waitall(MsgFlags::MSG_DONTWAIT),
    );
    lesson.seen("MSG_DONTWAIT wins over MSG_WAITALL", got == Ok(3));

    write(&client, b"hel")?;
    lesson.say("on a Unix socket to look is not to wait");
    let looked = waitall(MsgFlags::MSG_PEEK);

    lesson.say("the bytes are still queued, and now the socket's own patience is 100 ms");
    setsockopt(&server, sockopt::ReceiveTimeout, &TimeVal::new(0, 100_000))?;
    let some = waitall(MsgFlags::empty());
    let none = waitall(MsgFlags::empty());
    lesson.seen(
        "a timeout with bytes in hand is a short count, and only without any it is EAGAIN",
        some == Ok(3) && none == Err(nix::Error::EAGAIN),
    );
    lesson.quietly(|| drop((client, server)));
    look_at_tcp(lesson, looked)
}

fn look_at_tcp(lesson: &Lesson, looked: nix::Result<usize>) -> io::Result<()> {
    let (client, server) = lesson.quietly(tcp_pair)?;
    lesson.name(&client, "tcp client");
    lesson.name(&server, "tcp server");
    let all = thread::scope(|scope| {
        lesson.peer(scope, "client", |turn| {
            write(&client, b"hel")?;
            turn.next();
            write(&client, b"lo")?;
            Ok(())
        });
        lesson.say("on TCP it is");
        recv(server.as_raw_fd(), &mut [0; 5], MsgFlags::MSG_WAITALL | MsgFlags::MSG_PEEK)
    });
    lesson.seen("MSG_WAITALL with MSG_PEEK waits on TCP and not on a Unix socket", looked == Ok(3) && all == Ok(5));
    lesson.quietly(|| drop((client, server)));
    Ok(())
}

fn tcp_pair() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let client = TcpStream::connect(listener.local_addr()?)?;
    Ok((client, listener.accept()?.0))
}
