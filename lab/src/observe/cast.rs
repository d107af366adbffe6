//! Who may run: the demo's own thread and its peers take turns.
//!
//! Threads that race make a different transcript in every run. So one thread at a time is let out
//! of the kernel: the demo's own whenever it can run, and a peer only while that one sleeps. A peer
//! keeps its turn until it asks for another, sleeps itself, or ends. Whoever wakes meanwhile is held on
//! its way out of the call; so the order of events is the order of causes.

/// The threads that take turns.
#[derive(Debug, Default)]
pub(super) struct Cast {
    /// The demo's own thread.
    lead: i32,
    peers: Vec<Peer>,
    holder: Holder,
    /// Threads that wait on their way out of a call.
    held: Vec<i32>,
    turns: u64,
}

#[derive(Debug)]
struct Peer {
    /// The number under which it was announced; a forked process has none.
    number: Option<usize>,
    tid: Option<i32>,
    state: State,
    /// When it last had a turn.
    last: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Announced, not seen yet.
    Coming,
    /// Stopped where it asked for a turn.
    Waiting,
    /// Somewhere between two turns' beginnings.
    Playing,
    /// Playing, but stopped by a signal: it waits for SIGCONT.
    Stopped,
    /// Done.
    Over,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Holder {
    #[default]
    Lead,
    Peer(usize),
    Nobody,
}

/// A thread to let go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Release {
    /// From where it asked for a turn, or was born.
    FromTurn(i32),
    /// From its way out of a call.
    FromCall(i32),
}

impl Cast {
    /// A lesson begins in this thread.
    pub(super) fn begin(&mut self, lead: i32) {
        self.lead = lead;
    }

    /// Whether there is a lesson in which anybody could take turns.
    pub(super) fn is_led(&self) -> bool {
        self.lead != 0
    }

    /// A peer is coming.
    pub(super) fn announce(&mut self, number: usize) {
        self.peers.push(Peer { number: Some(number), tid: None, state: State::Coming, last: 0 });
    }

    /// `parent` forked: where it leads a lesson, its child takes turns with it, beginning with its first stop.
    pub(super) fn forked(&mut self, parent: i32, child: i32) {
        if parent == self.lead {
            self.peers.push(Peer { number: None, tid: Some(child), state: State::Coming, last: 0 });
        }
    }

    /// Whether a new task at its first stop has to wait there for its turn.
    pub(super) fn waits_at_birth(&mut self, tid: i32) -> bool {
        let born = self.peers.iter_mut().find(|peer| peer.tid == Some(tid) && peer.state == State::Coming);
        born.map(|peer| peer.state = State::Waiting).is_some()
    }

    /// A peer stopped to ask for a turn.
    pub(super) fn ask(&mut self, number: usize, tid: i32) {
        let Some(peer) = self.peers.iter().position(|peer| peer.number == Some(number)) else { return };
        (self.peers[peer].tid, self.peers[peer].state) = (Some(tid), State::Waiting);
        self.give_up(peer);
    }

    /// A peer was stopped by a signal, and gives up its turn: whoever will continue it may be waiting for one.
    pub(super) fn stopped(&mut self, tid: i32) {
        let playing = |peer: &Peer| peer.tid == Some(tid) && peer.state == State::Playing;
        if let Some(peer) = self.peers.iter().position(playing) {
            self.peers[peer].state = State::Stopped;
            self.give_up(peer);
        }
    }

    /// A stopped peer could go on. Whether it has to wait for its turn.
    pub(super) fn continued(&mut self, tid: i32) -> bool {
        let stopped = |peer: &&mut Peer| peer.tid == Some(tid) && peer.state == State::Stopped;
        self.peers.iter_mut().find(stopped).map(|peer| peer.state = State::Waiting).is_some()
    }

    /// A peer is done, or its thread is gone.
    pub(super) fn over(&mut self, tid: i32) {
        self.held.retain(|&held| held != tid);
        if let Some(peer) = self.peers.iter().position(|peer| peer.tid == Some(tid)) {
            self.peers[peer].state = State::Over;
            self.give_up(peer);
        }
    }

    fn give_up(&mut self, peer: usize) {
        if self.holder == Holder::Peer(peer) {
            self.holder = Holder::Nobody;
        }
    }

    /// Whether `tid`, on its way out of a call, may go on; if not it is held.
    pub(super) fn may_leave(&mut self, tid: i32) -> bool {
        let may = if tid == self.lead {
            if self.holder == Holder::Nobody && self.held.is_empty() {
                self.holder = Holder::Lead;
            }
            self.holder == Holder::Lead
        } else {
            let peer = self.peers.iter().position(|peer| peer.tid == Some(tid) && peer.state == State::Playing);
            peer.is_none_or(|peer| self.holder == Holder::Peer(peer))
        };
        if !may {
            self.held.push(tid);
        }
        may
    }

    /// Whether somebody waits to be let go.
    pub(super) fn waiting(&self) -> bool {
        !self.held.is_empty() || self.peers.iter().any(|peer| peer.state == State::Waiting)
    }

    /// Who may go now, if anybody: `asleep` tells whether a thread sleeps in a call.
    pub(super) fn next(&mut self, asleep: impl Fn(i32) -> bool) -> Option<Release> {
        if let Holder::Peer(peer) = self.holder {
            if !self.peers[peer].tid.is_some_and(&asleep) {
                return None;
            }
            self.holder = Holder::Nobody;
        }
        if let Some(at) = self.held.iter().position(|&tid| tid == self.lead) {
            self.holder = Holder::Lead;
            return Some(Release::FromCall(self.held.remove(at)));
        }
        if !asleep(self.lead) || !self.peers.iter().all(|peer| self.settled(peer, &asleep)) {
            return None;
        }
        let may_act = |peer: &Peer| peer.state == State::Waiting || self.holds(peer);
        let candidates = self.peers.iter().enumerate().filter(|(_, peer)| may_act(peer));
        let (chosen, _) = candidates.min_by_key(|(place, peer)| (peer.last, *place))?;
        self.turns += 1;
        self.holder = Holder::Peer(chosen);
        let peer = &mut self.peers[chosen];
        peer.last = self.turns;
        let tid = peer.tid?;
        if peer.state == State::Waiting {
            peer.state = State::Playing;
            return Some(Release::FromTurn(tid));
        }
        self.held.retain(|&held| held != tid);
        Some(Release::FromCall(tid))
    }

    fn holds(&self, peer: &Peer) -> bool {
        peer.tid.is_some_and(|tid| self.held.contains(&tid))
    }

    /// Whether a peer will not move by itself.
    fn settled(&self, peer: &Peer, asleep: impl Fn(i32) -> bool) -> bool {
        match peer.state {
            State::Coming => false,
            State::Waiting | State::Stopped | State::Over => true,
            State::Playing => self.holds(peer) || peer.tid.is_some_and(asleep),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Cast, Release};

    const LEAD: i32 = 1;
    const ONE: i32 = 2;
    const OTHER: i32 = 3;

    /// A lesson with two peers that both wait for their first turn.
    fn two_waiting() -> Cast {
        let mut cast = Cast::default();
        cast.begin(LEAD);
        cast.announce(0);
        cast.announce(1);
        cast.ask(1, OTHER);
        cast.ask(0, ONE);
        cast
    }

    #[test]
    fn a_peer_waits_until_the_lead_sleeps() {
        let mut cast = two_waiting();
        assert_eq!(cast.next(|_| false), None);
        assert_eq!(cast.next(|tid| tid == LEAD), Some(Release::FromTurn(ONE)));
    }

    #[test]
    fn nobody_begins_before_every_peer_is_there() {
        let mut cast = Cast::default();
        cast.begin(LEAD);
        cast.announce(0);
        cast.announce(1);
        cast.ask(1, OTHER);
        assert_eq!(cast.next(|tid| tid == LEAD), None);
        cast.ask(0, ONE);
        assert_eq!(cast.next(|tid| tid == LEAD), Some(Release::FromTurn(ONE)));
    }

    #[test]
    fn peers_take_turns() {
        let mut cast = two_waiting();
        let lead_sleeps = |tid| tid == LEAD;
        assert_eq!(cast.next(lead_sleeps), Some(Release::FromTurn(ONE)));
        assert_eq!(cast.next(lead_sleeps), None, "the turn lasts until it is given up");
        cast.ask(0, ONE);
        assert_eq!(cast.next(lead_sleeps), Some(Release::FromTurn(OTHER)));
        cast.over(OTHER);
        assert_eq!(cast.next(lead_sleeps), Some(Release::FromTurn(ONE)));
    }

    #[test]
    fn a_lead_that_a_peer_wakes_is_held_until_the_turn_is_over() {
        let mut cast = two_waiting();
        assert_eq!(cast.next(|tid| tid == LEAD), Some(Release::FromTurn(ONE)));
        assert!(!cast.may_leave(LEAD));
        assert_eq!(cast.next(|_| false), None);
        cast.over(ONE);
        assert_eq!(cast.next(|_| false), Some(Release::FromCall(LEAD)));
    }

    #[test]
    fn a_peer_that_sleeps_gives_its_turn_up_and_is_held_when_it_wakes() {
        let mut cast = two_waiting();
        assert_eq!(cast.next(|tid| tid == LEAD), Some(Release::FromTurn(ONE)));
        assert_eq!(cast.next(|tid| tid == LEAD || tid == ONE), Some(Release::FromTurn(OTHER)));
        assert!(!cast.may_leave(ONE), "it woke in another's turn");
        cast.over(OTHER);
        assert_eq!(cast.next(|tid| tid == LEAD), Some(Release::FromCall(ONE)));
    }

    #[test]
    fn a_peer_that_is_stopped_gives_its_turn_up_and_takes_part_again_when_it_is_continued() {
        let mut cast = two_waiting();
        assert_eq!(cast.next(|tid| tid == LEAD), Some(Release::FromTurn(ONE)));
        cast.stopped(ONE);
        assert!(cast.may_leave(LEAD), "nobody has the turn");
        assert_eq!(cast.next(|tid| tid == LEAD), Some(Release::FromTurn(OTHER)));
        cast.over(OTHER);
        assert_eq!(cast.next(|tid| tid == LEAD), None, "the other is stopped");
        assert!(cast.continued(ONE) && !cast.continued(LEAD));
        assert_eq!(cast.next(|_| false), None);
        assert_eq!(cast.next(|tid| tid == LEAD), Some(Release::FromTurn(ONE)));
    }

    #[test]
    fn threads_that_are_no_peers_go_as_they_like() {
        assert!(two_waiting().may_leave(99));
    }

    #[test]
    fn a_forked_child_waits_at_its_birth_like_a_peer() {
        let mut cast = Cast::default();
        cast.begin(LEAD);
        cast.forked(LEAD, ONE);
        assert!(cast.waits_at_birth(ONE));
        assert_eq!(cast.next(|_| false), None);
        assert_eq!(cast.next(|tid| tid == LEAD), Some(Release::FromTurn(ONE)));
        cast.forked(ONE, OTHER);
        assert!(!cast.waits_at_birth(OTHER), "only the lead's own children take turns");
    }
}
