//! The server behaves under the observer as it does alone: its clients cannot tell.

#[path = "../src/events.rs"]
mod events;
#[path = "../src/listen.rs"]
mod listen;
#[path = "../src/server.rs"]
#[allow(dead_code, reason = "a test starts it on sockets of its own")]
mod server;
#[path = "../src/signals.rs"]
#[allow(dead_code, reason = "the demos use the rest")]
mod signals;

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use lab::Family;
use lab::check::{Kind, Scene, close_the_queue};
use lab::service::{Server, bytes_at};

const PROGRAM: &str = env!("CARGO_BIN_EXE_chapter-07-sigio");

/// What some clients do, one act after the other, and what they see of it.
fn clients(streams: SocketAddr, datagrams: SocketAddr, stop: impl FnOnce()) -> io::Result<Vec<String>> {
    let mut seen = Vec::new();
    let mut note = |what: &str, bytes: &[u8]| seen.push(format!("{what}: {}", String::from_utf8_lossy(bytes)));

    let mut first = connect(streams)?;
    first.write_all(b"hello")?;
    note("the first stream", &some(&mut first, 5)?);

    let (one, other) = (udp(datagrams)?, udp(datagrams)?);
    one.send(b"from one")?;
    other.send(b"from the other")?;
    one.send(b"")?;
    note("the other's datagram", &datagram(&other)?);
    note("one's datagram", &datagram(&one)?);
    note("an empty datagram", &datagram(&one)?);

    let (mut second, mut third) = (connect(streams)?, connect(streams)?);
    third.write_all(b"the third's")?;
    second.write_all(b"the second's")?;
    note("the second stream", &some(&mut second, 12)?);
    note("the third stream", &some(&mut third, 11)?);
    drop(third);

    // Says all at once, then ends its half, then listens.
    let length = 60_000;
    second.write_all(bytes_at(0, length))?;
    second.shutdown(Shutdown::Write)?;
    let mut rest = Vec::new();
    second.read_to_end(&mut rest)?;
    note("the second stream's rest", if rest == bytes_at(0, length) { b"whole" } else { b"damaged" });

    first.write_all(b"still there?")?;
    note("the first stream", &some(&mut first, 12)?);
    stop();
    let mut rest = Vec::new();
    first.read_to_end(&mut rest)?;
    note("the first stream after the stop", &rest);
    Ok(seen)
}

fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn udp(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.connect(address)?;
    socket.set_read_timeout(Some(Duration::from_secs(60)))?;
    Ok(socket)
}

fn some(stream: &mut TcpStream, count: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; count];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn datagram(socket: &UdpSocket) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; 100];
    let got = socket.recv(&mut bytes)?;
    bytes.truncate(got);
    Ok(bytes)
}

/// Compares what clients see of the program, alone, with what they see of the same server under the observer.
fn clients_see_the_same(without_a_queue: bool) {
    let alone = {
        let server = Server::start(PROGRAM);
        if without_a_queue {
            let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
            // SAFETY: the kernel reads `none`, which outlives the call; nothing is asked back.
            unsafe { libc::prlimit(server.pid(), libc::RLIMIT_SIGPENDING, &raw const none, std::ptr::null_mut()) };
        }
        let seen = clients(server.address, server.address, || server.signal(libc::SIGTERM)).expect("a server");
        let line = server.last_line();
        assert!(line.starts_with("totals: clients 3,"), "{line}");
        assert_eq!(line.ends_with("overflows 0"), !without_a_queue, "{line}");
        seen
    };

    let mut scene = Scene::of("the same clients, and a server that is watched");
    let (streams, listener) = scene.listener("listener");
    let (datagrams, socket) = scene.datagram_socket("datagrams");
    scene.peer("clients", move |acts| {
        // Not a word before it waits for one.
        acts.until_asleep()?;
        let stop = || drop(acts.signal(libc::SIGTERM));
        let seen = clients(streams, datagrams, stop)?;
        seen.into_iter().for_each(|line| acts.note(line));
        Ok(())
    });
    let run = match scene.run(|| {
        if without_a_queue {
            close_the_queue();
        }
        server::serve_on(listener.take().given(), socket.take().given())
    }) {
        Err(diagnosis) if diagnosis.kind == (Kind::Unseen {}) => return eprintln!("skipped: {diagnosis}"),
        run => run.expect("the server comes to its end"),
    };
    assert!(run.value().is_ok(), "{:?}", run.value());
    assert_eq!(run.seen_by("clients").notes, alone);

    // The only call in which it may sleep is the one that takes signals. A short sleep may pass unseen.
    let elsewhere: Vec<_> = run.calls().filter(|call| call.slept && call.family() != Family::SignalWait).collect();
    assert!(run.called(Family::SignalWait) && elsewhere.is_empty(), "it slept in {elsewhere:?}");
    let alarms = run.calls_of(Family::SignalWait).filter(|call| call.returned() == Some(libc::SIGIO.into()));
    assert_eq!(alarms.count() > 0, without_a_queue, "SIGIO comes where signals are lost, and nowhere else");
}

#[test]
fn clients_cannot_tell_whether_the_server_is_watched() {
    clients_see_the_same(false);
}

#[test]
fn nor_can_they_where_every_signal_is_lost() {
    clients_see_the_same(true);
}
