//! A batch of events can name a client that an earlier event of the batch has closed, and its number may be another's.
//!
//! A wait returns up to as many events as its array has room for, all true at that moment. Handling the first may
//! close the descriptor of the third, and an `accept` between them gets the lowest free number: that one. Who keeps the
//! descriptor's number in the event then serves one client in another's place. Mend: keep a token that is never
//! used twice: the place in a table and the generation of who lives there. A token whose generation has passed
//! is an event for somebody who has left.
//!
//! Rests on: epoll(7), "Possible pitfalls and ways to avoid them", "If using an event cache"; open(2): the lowest
//! number that is free; fs/file.c, `alloc_fd`.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};
use std::process;

use lab::Lesson;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::unistd::{read, write};

/// Handles the same three events twice: by number, and by token.
pub fn stale_event_in_batch(lesson: &Lesson) -> io::Result<()> {
    by_number(lesson)?;
    by_token(lesson)
}

/// The wrong way: what is kept with the registration is the descriptor's number.
fn by_number(lesson: &Lesson) -> io::Result<()> {
    let Scene { listener, epoll, boss, idler, clients } = lesson.quietly(|| Scene::new("by-number"))?;
    clients.name(lesson, &listener, &epoll, &boss, &idler);
    lesson.say("kept with each registration: the number");
    for number in [boss.as_raw_fd(), listener.as_raw_fd(), idler.as_raw_fd()] {
        // SAFETY: the numbers are those of open descriptors.
        let descriptor = unsafe { BorrowedFd::borrow_raw(number) };
        epoll.add(descriptor, EpollEvent::new(EpollFlags::EPOLLIN, number as u64))?;
    }
    let newcomers_client = clients.act(lesson, &listener)?;

    let mut events = [EpollEvent::empty(); 8];
    epoll.wait(&mut events, EpollTimeout::NONE)?;
    let mut buffer = [0; 32];
    lesson.say("the first event: the boss");
    read(&boss, &mut buffer)?;
    drop(idler);
    lesson.say("the second: the listener");
    let (newcomer, _) = listener.accept()?;
    lesson.name(&newcomer, "newcomer");
    lesson.say("the third: the idler, says the number in it");
    let number = events[2].data() as RawFd;
    // SAFETY: the number is that of an open descriptor, though not of the one that was meant.
    let idler = unsafe { BorrowedFd::borrow_raw(number) };
    let mut said = String::new();
    let choices = [
        (
            "nobody: EBADF",
            "So it would be, had nobody come in between. accept has taken the lowest free number: the idler's.",
        ),
        ("the idler", "Its connection is closed. What it sent is gone."),
        ("the newcomer", "accept has taken the lowest free number, and that was the idler's."),
    ];
    lesson.ask("The idler was closed in this batch. Whose words does the server read?", &choices, || {
        let count = read(idler, &mut buffer).unwrap_or_default();
        said = String::from_utf8_lossy(&buffer[..count]).into_owned();
        match said.as_str() {
            "my secret" => "the newcomer",
            "hello" => "the idler",
            _ => "nobody: EBADF",
        }
    });
    lesson.seen(
        "an event that names a number is delivered to whoever has the number now",
        number == newcomer.as_raw_fd() && said == "my secret",
    );
    lesson.quietly(|| drop((listener, epoll, boss, newcomer, newcomers_client, clients)));
    Ok(())
}

/// The right way: what is kept is a token of the table.
fn by_token(lesson: &Lesson) -> io::Result<()> {
    let Scene { listener, epoll, boss, idler, clients } = lesson.quietly(|| Scene::new("by-token"))?;
    clients.name(lesson, &listener, &epoll, &boss, &idler);
    lesson.say("the same again; kept with each registration: a token that no other will ever have");
    let mut table = Table::default();
    table.admit(&epoll, boss)?;
    epoll.add(&listener, EpollEvent::new(EpollFlags::EPOLLIN, LISTENER))?;
    let idler = table.admit(&epoll, idler)?;
    let newcomers_client = clients.act(lesson, &listener)?;

    let mut events = [EpollEvent::empty(); 8];
    let mut buffer = [0; 32];
    let mut stale = 0;
    let mut heard = Vec::new();
    for _ in 0..2 {
        // ANCHOR: batch
        let count = epoll.wait(&mut events, EpollTimeout::NONE)?;
        for event in &events[..count] {
            match event.data() {
                LISTENER => {
                    let (newcomer, _) = listener.accept()?;
                    lesson.name(&newcomer, "newcomer");
                    table.admit(&epoll, newcomer)?;
                }
                token => match table.get(token) {
                    None => {
                        lesson.say("a token whose generation has passed: an event for somebody who has left");
                        stale += 1;
                    }
                    Some(client) => {
                        let count = read(client, &mut buffer)?;
                        if &buffer[..count] == b"dismiss" {
                            table.dismiss(idler);
                        }
                        heard.push(String::from_utf8_lossy(&buffer[..count]).into_owned());
                    }
                },
            }
        }
        // ANCHOR_END: batch
    }
    lesson.seen(
        "by token the stale event is known and passed over; the newcomer is heard when its own event comes",
        stale == 1 && heard == ["dismiss", "my secret"],
    );
    lesson.quietly(|| drop((listener, epoll, table, newcomers_client, clients)));
    Ok(())
}

/// No generation is ever so high.
const LISTENER: u64 = u64::MAX;

// ANCHOR: table
/// Clients by token: the place in the table, and in the upper half the generation of who lives there.
#[derive(Default)]
struct Table {
    places: Vec<(u32, Option<UnixStream>)>,
}

impl Table {
    fn admit(&mut self, epoll: &Epoll, client: UnixStream) -> io::Result<u64> {
        let free = self.places.iter().position(|(_, client)| client.is_none());
        let place = free.unwrap_or_else(|| {
            self.places.push((0, None));
            self.places.len() - 1
        });
        let token = u64::from(self.places[place].0) << 32 | place as u64;
        epoll.add(&client, EpollEvent::new(EpollFlags::EPOLLIN, token))?;
        self.places[place].1 = Some(client);
        Ok(token)
    }

    fn get(&self, token: u64) -> Option<&UnixStream> {
        let (generation, client) = self.places.get(token as u32 as usize)?;
        client.as_ref().filter(|_| u64::from(*generation) == token >> 32)
    }

    fn dismiss(&mut self, token: u64) {
        let (generation, client) = &mut self.places[token as u32 as usize];
        *generation += 1;
        *client = None;
    }
}
// ANCHOR_END: table

/// A listener, and two clients who are in already.
struct Scene {
    listener: UnixListener,
    epoll: Epoll,
    boss: UnixStream,
    idler: UnixStream,
    clients: Clients,
}

/// The other ends.
struct Clients {
    boss: UnixStream,
    idler: UnixStream,
}

impl Scene {
    fn new(name: &str) -> io::Result<Scene> {
        let address = SocketAddr::from_abstract_name(format!("ready-or-done {name} {}", process::id()))?;
        let listener = UnixListener::bind_addr(&address)?;
        let ((boss_client, boss), (idler_client, idler)) = (UnixStream::pair()?, UnixStream::pair()?);
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        Ok(Scene { listener, epoll, boss, idler, clients: Clients { boss: boss_client, idler: idler_client } })
    }
}

impl Clients {
    fn name(&self, lesson: &Lesson, listener: &UnixListener, epoll: &Epoll, boss: &UnixStream, idler: &UnixStream) {
        lesson.name(listener, "listener");
        lesson.name(&epoll.0, "epoll");
        lesson.name(boss, "boss");
        lesson.name(idler, "idler");
        lesson.name(&self.boss, "boss's client");
        lesson.name(&self.idler, "idler's client");
    }

    /// Three things happen before the next wait.
    fn act(&self, lesson: &Lesson, listener: &UnixListener) -> io::Result<UnixStream> {
        write(&self.boss, b"dismiss")?;
        lesson.say("a newcomer connects, and says \"my secret\"");
        let newcomer = lesson.quietly(|| {
            let newcomer = UnixStream::connect_addr(&listener.local_addr()?)?;
            write(&newcomer, b"my secret")?;
            io::Result::Ok(newcomer)
        })?;
        write(&self.idler, b"hello")?;
        Ok(newcomer)
    }
}
