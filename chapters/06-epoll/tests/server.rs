//! The echo server on edges keeps the contract, and what one thread for all clients must keep besides.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsRawFd;

use lab::service::{Server, Totals};
use nix::sys::socket::{MsgFlags, send};

lab::echo_server! { "chapter-06-epoll":
    bytes_come_back_as_they_go
    half_close_drains_and_closes
    many_small_pieces_keep_their_order
    large_transfer_is_whole
    slow_reader_loses_nothing
    slow_clients_hold_up_nobody
    endless_client_starves_nobody
    resets_end_one_client_each
    crowd_is_served
    interrupted_calls_go_on
    lack_of_descriptors_is_waited_out
    lack_of_descriptors_holds_up_only_the_next
    few_descriptors_serve_all_in_the_end
    stops_when_idle
    stop_echoes_what_was_read
    stop_echoes_what_was_read_of_each
    stop_waits_for_nobody_for_ever
    stop_ends_an_endless_client
    stops_at_any_moment
    restart_finds_the_port_free
    port_in_use_is_explained
    port_without_right_is_explained
    closed_stdout_is_no_reason_to_end
    memory_stays_flat
}

/// What was read and can no more be sent is told, to the byte.
#[test]
fn stop_says_what_it_dropped() {
    // The client's acknowledgements may make room behind our back, and then the last turn sends all.
    while nothing_was_dropped_at_a_stop() {}
}

/// Stops a server in front of a client that takes nothing, and checks what it says it dropped; whether that was nothing.
fn nothing_was_dropped_at_a_stop() -> bool {
    let server = Server::start(PROGRAM);
    let mut deaf = server.connect();
    deaf.fill(&server);
    let read = deaf.read_by_server();
    server.signal(libc::SIGTERM);
    let complaint = server.complaint("stopped: ");
    let totals = server.end();
    assert_eq!(totals, Totals { clients: 1, bytes: totals.bytes, resets: 0, still_open: 1 });
    // All that it had read then went back, and what it may have read after that is not known here.
    if *read.start() <= totals.bytes {
        return true;
    }
    let told = complaint.as_deref().and_then(|told| told.strip_prefix("stopped: "));
    let told = told.and_then(|told| told.strip_suffix(" bytes were read and not taken back")?.parse::<u64>().ok());
    assert!(told.is_some_and(|told| read.contains(&(totals.bytes + told))), "{complaint:?}; {read:?} read, {totals:?}");
    false
}

/// `recv` stops at an urgent byte with more behind it: a short count does not always mean an empty socket.
#[test]
fn urgent_byte_holds_nothing_up() {
    let server = Server::start(PROGRAM);
    let mut client = TcpStream::connect(server.address).expect("a server");
    server.while_stopped(|| {
        client.write_all(b"before").expect("a connection");
        send(client.as_raw_fd(), b"!", MsgFlags::MSG_OOB).expect("a connection");
        client.write_all(b"behind").expect("a connection");
    });
    let mut back = [0; 12];
    client.read_exact(&mut back).expect("all but the urgent byte, which is not in the stream");
    assert_eq!(&back, b"beforebehind");
    client.shutdown(Shutdown::Write).expect("a connection");
    assert_eq!(client.read(&mut back).expect("the end"), 0);
    assert_eq!(server.stop(), Totals { clients: 1, bytes: 12, resets: 0, still_open: 0 });
}
