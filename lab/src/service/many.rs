//! What the servers from chapter 02 on keep too: those that serve many at once.

use super::contract::*;
use super::server::*;

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
