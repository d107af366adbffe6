//! The iterative echo server keeps the contract, and has the one fault that its model has.

use std::io::{ErrorKind, Read, Write};
use std::process::{Command, Stdio};
use std::thread;

use lab::service::{Process, Server, Totals, bytes_at, skip};

lab::echo_server! { "chapter-01-blocking":
    bytes_come_back_as_they_go
    half_close_drains_and_closes
    many_small_pieces_keep_their_order
    large_transfer_is_whole
    slow_reader_loses_nothing
    resets_end_one_client_each
    crowd_is_served
    interrupted_calls_go_on
    lack_of_descriptors_is_waited_out
    stops_when_idle
    stop_echoes_what_was_read
    stop_waits_for_nobody_for_ever
    stop_ends_an_endless_client
    stops_at_any_moment
    restart_finds_the_port_free
    port_in_use_is_explained
    port_without_right_is_explained
    closed_stdout_is_no_reason_to_end
}

/// The model's price, and why the other chapters were written.
#[test]
fn one_slow_client_holds_up_everyone_behind_it() {
    let server = Server::start(PROGRAM);
    let mut slow = server.connect();
    slow.fill(&server);
    let mut next = server.connect();
    next.send(5);
    server.wait_until_quiet();
    assert!(next.is_kept_waiting(), "an iterative server has one client at a time");
    let bytes = slow.sent + 5;
    slow.finish();
    next.receive(5);
    next.finish();
    assert_eq!(server.stop(), Totals { clients: 2, bytes, resets: 0, still_open: 0 });
}

// Clients that know nothing of this book.

#[test]
fn netcat_gets_its_bytes_back() {
    let usage = Command::new("nc").arg("-h").stdin(Stdio::null()).output();
    let usage = usage.map(|usage| [usage.stdout, usage.stderr].concat()).unwrap_or_default();
    // Of the several programs called nc, only OpenBSD's half-closes, and only with -N.
    if !String::from_utf8_lossy(&usage).contains("-N") {
        return skip("no nc with -N here (Debian: netcat-openbsd)");
    }
    gets_its_bytes_back(&|server| {
        let mut nc = Command::new("nc");
        nc.args(["-N", "127.0.0.1", &server.address.port().to_string()]);
        nc
    });
}

#[test]
fn socat_gets_its_bytes_back() {
    gets_its_bytes_back(&|server| {
        let mut socat = Command::new("socat");
        // -t: how long to wait for the rest after the half-close; half a second if not told.
        socat.args(["-t", "60", "-", &format!("TCP:{}", server.address)]);
        socat
    });
}

#[test]
fn python_gets_its_bytes_back() {
    const SCRIPT: &str = "
import socket, sys, threading
server = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
def send():
    while data := sys.stdin.buffer.read1(): server.sendall(data)
    server.shutdown(socket.SHUT_WR)
threading.Thread(target=send).start()
while data := server.recv(9999): sys.stdout.buffer.write(data)
";
    gets_its_bytes_back(&|server| {
        let mut python = Command::new("python3");
        python.args(["-c", SCRIPT, &server.address.port().to_string()]);
        python
    });
}

/// Sends bytes through a tool that copies its input to the server and the server's answer to its
/// output, and expects it to end by itself with all of them.
fn gets_its_bytes_back(tool: &dyn Fn(&Server) -> Command) {
    const BYTES: usize = 3_000_000;
    let server = Server::start(PROGRAM);
    let mut command = tool(&server);
    let name = command.get_program().to_string_lossy().into_owned();
    let present = Command::new(&name).arg("-h").stdin(Stdio::null()).output();
    if present.is_err_and(|error| error.kind() == ErrorKind::NotFound) {
        return skip(&format!("no {name} here"));
    }
    let tool = Process::start(command.stdin(Stdio::piped()).stdout(Stdio::piped()));
    let (input, output, _) = tool.pipes();
    let (input, mut output) = (input.expect("piped"), output.expect("piped"));

    let sent: Vec<u8> = (0..).step_by(1000).take(BYTES / 1000).flat_map(|at| bytes_at(at, 1000)).copied().collect();
    let mut received = Vec::new();
    thread::scope(|scope| {
        // Dropped at the end, so that the tool sees the end of its input.
        let (mut input, sent) = (input, &sent);
        scope.spawn(move || input.write_all(sent).expect("the tool reads its input"));
        output.read_to_end(&mut received).expect("a pipe");
    });
    assert!(received == sent, "{name} got {} bytes back of {BYTES}, or others", received.len());
    assert!(tool.end().success(), "{name} is content");
    assert_eq!(server.stop(), Totals { clients: 1, bytes: BYTES as u64, resets: 0, still_open: 0 });
}
