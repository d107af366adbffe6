//! What the servers from chapter 02 on keep too: those that serve many at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::client::*;
use super::contract::*;
use super::server::*;
use super::skip;

/// A client that says nothing and one that reads nothing stop nobody else.
pub fn slow_clients_hold_up_nobody(program: &str) {
    let server = Server::start(program);
    let (mut silent, mut deaf) = (server.connect(), server.connect());
    silent.call(1);
    deaf.fill(&server);
    let mut quick = server.connect();
    quick.exchange([10 * MIB]);
    quick.finish();
    let bytes = 1 + deaf.sent + 10 * MIB;
    deaf.finish();
    silent.finish();
    assert_served(server.stop(), 3, bytes);
}

/// The clients in service go on while there is no descriptor for the next.
pub fn lack_of_descriptors_holds_up_only_the_next(program: &str) {
    let server = Server::start(program);
    let mut first = server.connect();
    first.call(5);
    let starved = server.without_descriptors();
    let mut next = server.connect();
    next.send(5);
    server.wait_for_complaint("EMFILE");
    first.exchange([MIB]);
    starved.relieve(&server);
    next.receive(5);
    next.finish();
    first.finish();
    assert_served(server.stop(), 2, MIB + 10);
}

/// A client that sends and takes without end leaves the others their turn.
pub fn endless_client_starves_nobody(program: &str) {
    let server = Server::start(program);
    let mut quick = server.connect();
    let received = server.connect().while_pouring(|endless| {
        let enough = AtomicBool::new(false);
        thread::scope(|scope| {
            let receiving = scope.spawn(|| {
                while !enough.load(Ordering::Relaxed) {
                    endless.receive(MIB);
                }
                endless.received
            });
            for _ in 0..500 {
                quick.call(100);
            }
            enough.store(true, Ordering::Relaxed);
            receiving.join().expect("the receiving thread")
        })
    });
    quick.finish();
    let totals = server.stop();
    // Its connection ends with bytes under way.
    assert!(totals.clients == 2 && totals.resets <= 1 && totals.bytes >= 50_000 + received, "{totals:?}");
}

/// With 64 descriptors for 200 clients all are served in the end, and nobody spins meanwhile.
pub fn few_descriptors_serve_all_in_the_end(program: &str) {
    const CROWD: u64 = 200;
    const FEW: u64 = 64;
    const ENOUGH: u64 = 2 * CROWD;
    if !raise_descriptor_limit(ENOUGH) {
        return skip(&format!("a crowd needs {ENOUGH} descriptors: raise the hard limit (ulimit -Hn)"));
    }
    let server = Server::start(program);
    server.limit_descriptors(FEW);
    let mut crowd: Vec<Client> = (0..CROWD).map(|_| server.connect()).collect();
    for client in &mut crowd {
        client.send(100);
    }
    server.wait_for_complaint("EMFILE");
    server.wait_until_quiet();
    let in_service = crowd.iter().filter(|client| !client.is_kept_waiting()).count() as u64;
    assert!(0 < in_service && in_service < FEW, "{in_service} have an answer");
    let before = server.processor_time();
    thread::sleep(SPIN_INTERVAL);
    let used = server.processor_time() - before;
    assert!(used < SPIN_INTERVAL / 10, "it spins: {used:?} of processor time in {SPIN_INTERVAL:?}");
    crowd.into_iter().for_each(Client::finish);
    assert_served(server.stop(), CROWD, CROWD * 100);
}

/// Told to stop in the middle of many transfers, it writes back all that it has read of each.
pub fn stop_echoes_what_was_read_of_each(program: &str) {
    let server = Server::start(program);
    let mut clients: Vec<Client> = (0..8).map(|_| server.connect()).collect();
    Client::fill_all(&mut clients, &server);
    let read: Vec<u64> = clients.iter().map(|client| *client.read_by_server().start()).collect();
    server.signal(libc::SIGTERM);
    let receiving = |client: &mut Client| client.receive_to_the_end();
    let received: Vec<u64> = thread::scope(|scope| {
        let threads: Vec<_> = clients.iter_mut().map(|client| scope.spawn(move || receiving(client))).collect();
        threads.into_iter().map(|thread| thread.join().expect("a receiving thread")).collect()
    });
    drop(clients);
    for (read, received) in read.iter().zip(&received) {
        assert!(received >= read, "of {read} bytes that the server had read {received} came back");
    }
    assert_eq!(server.end(), Totals { clients: 8, bytes: received.iter().sum(), resets: 0, still_open: 8 });
}

/// What it needs for a crowd of slow readers it gives back, or uses again for the next crowd.
pub fn memory_stays_flat(program: &str) {
    /// For how many crowds in a row the highest mark must stand. Who keeps some pages of each crowd, or of every second
    /// one, raises it again and again.
    const STANDS: usize = 10;
    /// How much is owed at the same moment differs from crowd to crowd, so the one that needs most may come late; and
    /// the later, the more seldom.
    const CROWDS: usize = 60;
    let server = Server::start(program);
    let crowd = || {
        let mut clients: Vec<Client> = (0..8).map(|_| server.connect()).collect();
        Client::fill_all(&mut clients, &server);
        clients.into_iter().for_each(Client::finish);
        server.wait_until_quiet();
        server.resident_bytes()
    };
    let mut after = Vec::new();
    while after.len() < CROWDS {
        after.push(crowd());
        let (earlier, last) = after.split_at(after.len().saturating_sub(STANDS));
        if last.iter().max() <= earlier.iter().max() {
            return;
        }
    }
    panic!("resident after each crowd, in bytes: {after:?}");
}
