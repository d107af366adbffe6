//! Two small writes and a read cost 40 ms: one side waits for an acknowledgement, the other delays it.
//!
//! Nagle's rule holds a small segment back while an earlier one is unacknowledged, so as not to
//! fill the network with crumbs. The receiver delays its acknowledgement, on Linux by 40 ms or
//! more, so as to let it ride on a reply. The body waits for the acknowledgement of the header, and the
//! reply, which would carry it, waits for the body. Neither rule is wrong; the two writes are.
//!
//! Rests on: RFC 1122 sections 4.2.3.2 and 4.2.3.4; UNPv3 section 7.9; tcp(7), `TCP_NODELAY`;
//! net/ipv4/tcp_output.c, `tcp_nagle_test` and `tcp_send_delayed_ack`; include/net/tcp.h, `TCP_DELACK_MIN`.

use std::io::{self, IoSlice};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::thread;
use std::time::{Duration, Instant};

use lab::Lesson;
use nix::errno::Errno;
use nix::sys::socket::{setsockopt, sockopt::TcpNoDelay};
use nix::sys::uio::writev;
use nix::unistd::{read, write};

/// Safely below the 40 ms of `TCP_DELACK_MIN`, and far above what loopback takes.
const LONG: Duration = Duration::from_millis(30);
const EXCHANGES: usize = 5;

/// The same request, sent in three ways.
pub fn write_write_read(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(tcp_pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    lesson.say("the server shall delay its acknowledgements, as it does by itself once the two converse");
    delay_acknowledgements(&server)?;

    lesson.say("a header, a body, and then the reply");
    let two_writes = || write(&client, b"head").and_then(|_| write(&client, b"body"));
    let mut pattern = Measured::default();
    let choices = [
        ("less than 30 ms", "It is loopback, and nobody computes anything. So it is with either mend."),
        ("more than 30 ms", ""),
    ];
    let mut result = Ok(());
    lesson.ask("How long does that take?", &choices, || {
        result = exchanges(lesson, &client, &server, &two_writes).map(|measured| pattern = measured);
        if pattern.slowest >= LONG { "more than 30 ms" } else { "less than 30 ms" }
    });
    result?;
    lesson.seen("the body lay in the client's send buffer, written but not sent", pattern.unsent == 4);

    lesson.say("mend one: what belongs together is one write (a BufWriter, flushed before the read, does the same)");
    let one_write = || writev(&client, &[IoSlice::new(b"head"), IoSlice::new(b"body")]);
    let gathered = exchanges(lesson, &client, &server, &one_write)?;

    lesson.say("mend two: no holding back, at the price of a segment a write");
    setsockopt(&client, TcpNoDelay, &true)?;
    let at_once = exchanges(lesson, &client, &server, &two_writes)?;

    lesson.seen("of five such exchanges the slowest took more than 30 ms", pattern.slowest >= LONG);
    lesson.seen(
        "after either mend nothing lay unsent, so nothing waited for an acknowledgement",
        gathered.unsent == 0 && at_once.unsent == 0,
    );
    lesson.quietly(|| drop((client, server)));
    Ok(())
}

/// What several exchanges have in common, whatever else this machine is busy with.
#[derive(Default)]
struct Measured {
    /// How long the slowest took. Not each has to wait: where this thread is kept from the processor between its
    /// two writes, the acknowledgement comes first.
    slowest: Duration,
    /// The most bytes that the client had written, and TCP not sent, when it began to read.
    unsent: i32,
}

/// Sends `request` and reads the reply, several times; the first is shown.
fn exchanges(
    lesson: &Lesson,
    client: &TcpStream,
    server: &TcpStream,
    request: &dyn Fn() -> nix::Result<usize>,
) -> io::Result<Measured> {
    let answer = || {
        read(server, &mut [0; 4])?;
        read(server, &mut [0; 4])?;
        write(server, b"reply")
    };
    thread::scope(|scope| {
        lesson.peer(scope, "server", |_| {
            answer()?;
            Ok(lesson.quietly(|| (1..EXCHANGES).try_for_each(|_| answer().map(drop)))?)
        });
        let begun = Instant::now();
        request()?;
        read(client, &mut [0; 16])?;
        let first = begun.elapsed();
        let mut measured = Measured { slowest: first, unsent: 0 };
        lesson.quietly(|| {
            for _ in 1..EXCHANGES {
                let begun = Instant::now();
                request()?;
                measured.unsent = measured.unsent.max(unsent(client)?);
                read(client, &mut [0; 16])?;
                let took = begun.elapsed();
                measured.slowest = measured.slowest.max(took);
            }
            Ok(measured)
        })
    })
}

/// Ends the quick acknowledgements with which a receiver begins, so that the sender's window may
/// grow. They hide the fault from whoever tries one request on a fresh connection. Replies end
/// them too: one today (sysctl net.ipv4.tcp_pingpong_thresh), three on some older kernels.
fn delay_acknowledgements(socket: &TcpStream) -> io::Result<()> {
    let off: i32 = 0;
    let length = size_of_val(&off) as libc::socklen_t;
    // SAFETY: `off` is valid for its length.
    let set = unsafe {
        libc::setsockopt(socket.as_raw_fd(), libc::IPPROTO_TCP, libc::TCP_QUICKACK, (&raw const off).cast(), length)
    };
    Ok(Errno::result(set).map(drop)?)
}

/// How much of what was written has not been sent (SIOCOUTQNSD; libc lacks the name).
fn unsent(socket: &TcpStream) -> io::Result<i32> {
    const SIOCOUTQNSD: libc::Ioctl = 0x894b;
    let mut bytes = 0;
    // SAFETY: the request writes one int.
    Errno::result(unsafe { libc::ioctl(socket.as_raw_fd(), SIOCOUTQNSD, &raw mut bytes) })?;
    Ok(bytes)
}

fn tcp_pair() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let client = TcpStream::connect(listener.local_addr()?)?;
    Ok((client, listener.accept()?.0))
}
