//! The signal-driven echo server keeps the contract, in TCP and in UDP, however short the queue of signals is.

use std::io;
use std::net::UdpSocket;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lab::service::{Crowd, Server, Totals, bytes_at, room_for};

lab::echo_server! { "chapter-07-sigio":
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

/// Two crowds at once would need twice the descriptors.
static ONE_CROWD_AT_A_TIME: Mutex<()> = Mutex::new(());

/// 64 KiB each way in random pieces, with half-closes and resets; says how often the queue overflowed.
fn serves(clients: u64, queue: Option<u64>) -> u64 {
    let _turn = ONE_CROWD_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let clients = room_for(clients);
    let server = Server::start(PROGRAM);
    if let Some(length) = queue {
        limit_queue(&server, length);
    }
    let crowd = Crowd::play(&server, clients);
    server.wait_until_quiet();
    server.signal(libc::SIGTERM);
    let line = server.last_line();
    crowd.agrees_with(Totals::parse(&line).expect("a last line with totals"));
    field(&line, "overflows")
}

/// Leaves room for this many signals in the queue: RLIMIT_SIGPENDING, which counts all that wait for processes of the
/// same user, and so may leave less.
fn limit_queue(server: &Server, length: u64) {
    let limit = libc::rlimit { rlim_cur: length, rlim_max: length };
    // SAFETY: the kernel reads `limit`, which outlives the call; nothing is asked back.
    let answer =
        unsafe { libc::prlimit(server.pid(), libc::RLIMIT_SIGPENDING, &raw const limit, std::ptr::null_mut()) };
    assert_eq!(answer, 0, "prlimit: {}", io::Error::last_os_error());
}

/// A field of the last line: `overflows 3`.
fn field(line: &str, name: &str) -> u64 {
    let value = line.split(", ").find_map(|field| field.strip_prefix(name)?.trim().parse().ok());
    value.unwrap_or_else(|| panic!("no {name} in {line:?}"))
}

#[test]
fn two_hundred_clients_lose_nothing_with_a_queue_of_four() {
    assert!(serves(200, Some(4)) > 0, "the queue never overflowed, so this shows nothing");
}

#[test]
fn five_thousand_clients_lose_nothing() {
    serves(5000, None);
}

#[test]
fn five_thousand_clients_lose_nothing_with_a_queue_of_four() {
    assert!(serves(5000, Some(4)) > 0, "the queue never overflowed, so this shows nothing");
}

/// With no room at all every signal is lost, and SIGIO alone says that something happened.
#[test]
fn a_queue_without_room_is_enough() {
    assert!(serves(20, Some(0)) > 0, "the queue never overflowed, so this shows nothing");
}

#[test]
fn datagrams_come_back_to_who_sent_them() {
    for queue in [None, Some(4), Some(0)] {
        let server = Server::start(PROGRAM);
        if let Some(length) = queue {
            limit_queue(&server, length);
        }
        let clients: Vec<UdpSocket> = (0..20).map(|_| udp_client(&server)).collect();
        let mut lengths = Vec::new();
        for round in 0..20 {
            // As many as a receive buffer holds, so that none may be dropped: UDP would not say so.
            let length = |client: usize| (round * 61 + client as u64 * 7) % 1400;
            for (number, client) in clients.iter().enumerate() {
                client.send(bytes_at(round, length(number))).expect("a datagram that fits");
            }
            for (number, client) in clients.iter().enumerate() {
                let mut answer = [0; 2000];
                let got = client.recv(&mut answer).expect("it comes back");
                assert_eq!(answer[..got], *bytes_at(round, length(number)), "client {number}, round {round}");
                lengths.push(got);
            }
        }
        server.signal(libc::SIGTERM);
        let line = server.last_line();
        assert_eq!(field(&line, "datagrams"), lengths.len() as u64, "{line}");
    }
}

#[test]
fn datagrams_and_streams_share_the_port_and_the_wait() {
    let server = Server::start(PROGRAM);
    let (datagrams, mut stream) = (udp_client(&server), server.connect());
    for _ in 0..100 {
        datagrams.send(b"a datagram").expect("a datagram that fits");
        stream.send(5);
        let mut answer = [0; 99];
        assert_eq!(datagrams.recv(&mut answer).expect("it comes back"), 10);
        stream.receive(5);
    }
    stream.finish();
    server.signal(libc::SIGTERM);
    assert!(server.last_line().starts_with("totals: clients 1, bytes 500, resets 0, still open 0, datagrams 100,"));
}

fn udp_client(server: &Server) -> UdpSocket {
    let client = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    client.connect(server.address).expect("loopback");
    client.set_read_timeout(Some(Duration::from_secs(60))).expect("a deadline that is not zero");
    client
}
