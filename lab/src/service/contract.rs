//! The contract that every chapter's echo server keeps.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::process::Stdio;
use std::thread::{self};
use std::time::Duration;

use super::client::*;
use super::process::*;
use super::server::*;
use super::skip;
use super::sockets::*;

/// How long a server without descriptors is watched for spinning.
pub(super) const SPIN_INTERVAL: Duration = Duration::from_millis(500);

pub(super) const MIB: u64 = 1 << 20;

/// Checks that the server told of `clients` that had all they wanted and `bytes` echoed to them.
pub(super) fn assert_served(totals: Totals, clients: u64, bytes: u64) {
    assert_eq!(totals, Totals { clients, bytes, resets: 0, still_open: 0 });
}

/// A client that waits for each answer gets each: nothing is kept back for a fuller buffer.
pub fn bytes_come_back_as_they_go(program: &str) {
    let server = Server::start(program);
    let mut client = server.connect();
    for _ in 0..1000 {
        client.call(1);
    }
    client.finish();
    assert_served(server.stop(), 1, 1000);
}

/// A client that has said all still receives all, and then the end.
pub fn half_close_drains_and_closes(program: &str) {
    let server = Server::start(program);
    server.connect().finish();
    let mut client = server.connect();
    client.fill(&server);
    let bytes = client.sent;
    client.finish();
    assert_served(server.stop(), 2, bytes);
}

/// Pieces of every small size, each a segment of its own, come back in order.
pub fn many_small_pieces_keep_their_order(program: &str) {
    let server = Server::start(program);
    let mut client = server.connect();
    client.exchange((0..10_000).map(|piece| piece % 97 + 1));
    let bytes = client.sent;
    client.finish();
    assert_served(server.stop(), 1, bytes);
}

/// 100 MiB come back, each byte of them.
pub fn large_transfer_is_whole(program: &str) {
    let server = Server::start(program);
    let mut client = server.connect();
    client.exchange([100 * MIB]);
    client.finish();
    assert_served(server.stop(), 1, 100 * MIB);
}

/// A client that reads nothing for a long while is waited for, in bounded memory, and loses nothing.
pub fn slow_reader_loses_nothing(program: &str) {
    let server = Server::start(program);
    let mut client = server.connect();
    for _ in 0..3 {
        client.fill(&server);
        client.receive((client.sent - client.received) / 2);
    }
    let bytes = client.sent;
    client.finish();
    assert_served(server.stop(), 1, bytes);
}

/// A client that breaks off ends alone: while the server reads from it, while it writes to it, and
/// before it has been accepted.
pub fn resets_end_one_client_each(program: &str) {
    let server = Server::start(program);
    let mut in_read = server.connect();
    in_read.call(5);
    server.wait_until_quiet();
    in_read.reset();
    let mut in_write = server.connect();
    in_write.fill(&server);
    in_write.reset();
    server.while_stopped(|| {
        let mut in_queue = server.connect();
        in_queue.send(5);
        in_queue.reset();
    });
    let mut next = server.connect();
    next.exchange([MIB]);
    next.finish();
    let totals = server.stop();
    // Whether accept still hands out the third is the kernel's affair.
    assert!(matches!(totals, Totals { clients: 3..=4, resets: 2..=3, still_open: 0, .. }), "{totals:?}");
}

/// More clients at once than std's backlog of 128 has room for: each gets in and is served.
pub fn crowd_is_served(program: &str) {
    const CROWD: u64 = 160;
    // Both sides may need a descriptor a client, and the server inherits our limit.
    const ENOUGH: u64 = 2 * CROWD;
    let limit = limit_descriptors(0, None);
    if limit.rlim_max < ENOUGH {
        return skip(&format!("a crowd needs {ENOUGH} descriptors: raise the hard limit (ulimit -Hn)"));
    }
    limit_descriptors(0, Some(libc::rlimit { rlim_cur: limit.rlim_cur.max(ENOUGH), ..limit }));
    let server = Server::start(program);
    // With the server stopped they all are in the queue together, whatever its model.
    let mut crowd: Vec<Client> = server.while_stopped(|| (0..CROWD).map(|_| server.connect()).collect());
    for client in &mut crowd {
        client.send(100);
        client.half_close();
    }
    crowd.into_iter().for_each(Client::expect_the_rest);
    assert_served(server.stop(), CROWD, CROWD * 100);
}

/// SIGSTOP and SIGCONT interrupt every kind of sleep (EINTR from some, a short count from write), and
/// nothing is lost.
pub fn interrupted_calls_go_on(program: &str) {
    let server = Server::start(program);
    let interrupt = || {
        server.wait_until_quiet();
        server.while_stopped(|| ());
    };
    interrupt();
    let mut client = server.connect();
    client.call(5);
    interrupt();
    client.call(5);
    for _ in 0..3 {
        client.fill(&server);
        interrupt();
        client.receive((client.sent - client.received) / 2);
    }
    let bytes = client.sent;
    client.finish();
    assert_served(server.stop(), 1, bytes);
}

/// Without a free descriptor the server says so, leaves the client in the queue, does not spin, and
/// serves it as soon as there is one. It can be stopped meanwhile.
pub fn lack_of_descriptors_is_waited_out(program: &str) {
    let server = Server::start(program);
    let starved = server.without_descriptors();
    let mut client = server.connect();
    client.send(5);
    server.wait_for_complaint("EMFILE");
    let before = server.processor_time();
    thread::sleep(SPIN_INTERVAL);
    let used = server.processor_time() - before;
    assert!(used < SPIN_INTERVAL / 10, "it spins: {used:?} of processor time in {SPIN_INTERVAL:?}");
    starved.relieve(&server);
    client.receive(5);
    client.finish();
    let _ = server.without_descriptors();
    let _queued = server.connect();
    server.wait_for_complaint("EMFILE");
    assert_served(server.stop(), 1, 5);
}

/// SIGINT and SIGTERM end an idle server cleanly.
pub fn stops_when_idle(program: &str) {
    for signal in [libc::SIGINT, libc::SIGTERM] {
        let server = Server::start(program);
        server.wait_until_quiet();
        server.signal(signal);
        assert_served(server.end(), 0, 0);
    }
}

/// A client in mid-transfer gets all that the server has read of it, and then the end: no reset, though
/// it has sent more already.
pub fn stop_echoes_what_was_read(program: &str) {
    let server = Server::start(program);
    let mut client = server.connect();
    client.fill(&server);
    let read = *client.read_by_server().start();
    server.signal(libc::SIGTERM);
    // Slowly, so that the server comes to the end of its work while much of it is still under way.
    for _ in 0..9 {
        client.receive(read / 12);
        server.wait_until_quiet();
    }
    let received = client.receive_to_the_end();
    drop(client);
    assert!(received >= read, "the server had read {read} bytes, and {received} came back");
    assert_eq!(server.end(), Totals { clients: 1, bytes: received, resets: 0, still_open: 1 });
}

/// Neither a client that has nothing to say nor one that never reads keeps the server from stopping.
pub fn stop_waits_for_nobody_for_ever(program: &str) {
    let server = Server::start(program);
    let mut idle = server.connect();
    idle.call(5);
    server.wait_until_quiet();
    server.signal(libc::SIGTERM);
    assert_eq!(idle.receive_to_the_end(), 5);
    drop(idle);
    assert_eq!(server.end(), Totals { clients: 1, bytes: 5, resets: 0, still_open: 1 });

    let server = Server::start(program);
    let mut deaf = server.connect();
    deaf.fill(&server);
    // A write that was cut short starts anew, and when it has nothing copied yet a signal is an EINTR.
    for _ in 0..5 {
        server.while_stopped(|| ());
        server.wait_until_quiet();
    }
    let totals = server.stop();
    assert!(matches!(totals, Totals { clients: 1, resets: 0, still_open: 1, .. }), "{totals:?}");
}

/// Nor does one that sends for ever, though it too gets all that was echoed.
pub fn stop_ends_an_endless_client(program: &str) {
    let server = Server::start(program);
    let (received, totals) = server.connect().while_pouring(|client| {
        client.receive(MIB);
        server.signal(libc::SIGTERM);
        (client.receive_to_the_end(), server.end())
    });
    assert_eq!(totals, Totals { clients: 1, bytes: received, resets: 0, still_open: 1 });
}

/// Whatever the server is doing when the signal comes, and whether it is about to sleep or sleeps, it
/// ends, and what it counted is what the client got.
pub fn stops_at_any_moment(program: &str) {
    for round in 0..24 {
        let server = Server::start(program);
        let mut client = server.connect();
        for _ in 0..round {
            client.call(1 + round * 100);
        }
        client.send(1);
        server.signal(libc::SIGTERM);
        // A reset is due to a client that was still in the queue.
        while let Ok(true) = client.try_receive(u64::MAX) {}
        let received = client.received;
        drop(client);
        let totals = server.end();
        // Nobody accepted the client, or it was, and then each byte counted has come.
        assert!(
            totals.clients <= 1 && totals.bytes == received && totals.resets == 0,
            "{totals:?}, {received} received"
        );
    }
}

/// A new server gets the port of one that has just stopped, although that one closed its connections
/// first and the kernel remembers them (TIME_WAIT).
pub fn restart_finds_the_port_free(program: &str) {
    // Between the two somebody else may by chance be given the port, but not every time.
    let again = (0..5).map(|_| {
        let server = Server::start(program);
        let port = server.address.port();
        let mut client = server.connect();
        client.call(5);
        server.signal(libc::SIGTERM);
        assert_eq!(client.receive_to_the_end(), 5);
        drop(client);
        let _ = server.end();
        Server::try_start(program, port)
    });
    let errors: Vec<String> = again.map_while(Result::err).collect();
    assert!(errors.len() < 5, "five restarts were refused: {}", errors[0]);
}

/// A port in use is refused with an error that names the port, the errno and the next step.
pub fn port_in_use_is_explained(program: &str) {
    let first = Server::start(program);
    let error = Server::try_start(program, first.address.port()).expect_err("the port is in use");
    assert_explains(&error, &first.address.to_string(), "EADDRINUSE");
    let mut client = first.connect();
    client.call(5);
    client.finish();
    assert_served(first.stop(), 1, 5);
}

/// So is a port below 1024 for who may not have it.
pub fn port_without_right_is_explained(program: &str) {
    let first_free = fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start").unwrap_or_default();
    if first_free.trim() == "0" {
        return skip("this host lets everybody listen on any port (net.ipv4.ip_unprivileged_port_start = 0)");
    }
    let mut command = command(program, 1);
    const CAP_NET_BIND_SERVICE: libc::c_ulong = 10;
    // SAFETY: prctl is a bare system call. Who may not drop a capability has none to drop.
    unsafe {
        command.pre_exec(|| {
            libc::prctl(libc::PR_CAPBSET_DROP, CAP_NET_BIND_SERVICE);
            Ok(())
        })
    };
    let error = Server::from_command(&mut command).expect_err("the port is not for us");
    assert_explains(&error, "127.0.0.1:1:", "EACCES");
}

pub(super) fn assert_explains(error: &str, tried: &str, errno: &str) {
    assert!(error.contains(tried), "what was tried ({tried}) in {error:?}");
    assert!(error.contains(errno), "what the kernel answered ({errno}) in {error:?}");
    assert!(error.contains("--port 0"), "what to do next in {error:?}");
    assert!(!error.contains("panicked"), "{error}");
}

/// Who cannot print its lines serves all the same: into a closed pipe, onto a full disk, or nowhere.
pub fn closed_stdout_is_no_reason_to_end(program: &str) {
    let (_, closed) = io::pipe().expect("a pipe");
    let full = fs::File::options().write(true).open("/dev/full").expect("Linux has it");
    for stdout in [Stdio::from(closed), Stdio::from(full)] {
        let process = Process::start(command(program, 0).stdout(stdout));
        let (_, _, stderr) = process.pipes();
        let stderr = Complaints(lines(stderr.expect("piped")));
        let mut address = None;
        wait_for("the server to listen", || {
            address = listening_port(process.pid()).map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
            address.is_some()
        });
        let mut client = Client::connect(address.expect("waited for"));
        client.call(5);
        client.finish();
        process.signal(libc::SIGTERM);
        let status = process.end();
        assert!(status.success() && stderr.rest().is_empty(), "it ended with {status}");
    }
}
