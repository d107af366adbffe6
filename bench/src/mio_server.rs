//! An echo server on mio, as mio's documentation asks for it: each event is answered until the socket would block.

use std::io::{self, ErrorKind, Read, Write};

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};

const LISTENER: Token = Token(usize::MAX);
/// As in chapter 06: events in a wait, and one buffer for all.
const EVENTS: usize = 512;
const BUFFER_BYTES: usize = 64 * 1024;

struct Client {
    stream: TcpStream,
    /// What was read and not taken back yet; nothing is read meanwhile.
    owed: Vec<u8>,
}

/// Serves until it is killed.
pub fn serve() -> io::Result<()> {
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(EVENTS);
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut clients: Vec<Option<Client>> = Vec::new();
    let mut free: Vec<usize> = Vec::new();

    let mut listener = TcpListener::bind(([127, 0, 0, 1], 0).into())?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    println!("listening on {}", listener.local_addr()?);
    loop {
        match poll.poll(&mut events, None) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            done => done?,
        }
        for event in &events {
            if event.token() == LISTENER {
                while let Some(mut stream) = would_block(listener.accept())?.map(|(stream, _)| stream) {
                    stream.set_nodelay(true)?;
                    let number = free.pop().unwrap_or(clients.len());
                    let both = Interest::READABLE | Interest::WRITABLE;
                    poll.registry().register(&mut stream, Token(number), both)?;
                    let client = Some(Client { stream, owed: Vec::new() });
                    if number == clients.len() {
                        clients.push(client);
                    } else {
                        clients[number] = client;
                    }
                }
                continue;
            }
            let Token(number) = event.token();
            let Some(client) = &mut clients[number] else { continue };
            // An error of one client ends that client.
            if !client.echo(&mut buffer).unwrap_or(false) {
                clients[number] = None;
                free.push(number);
            }
        }
    }
}

impl Client {
    /// Whether the client is still there.
    fn echo(&mut self, buffer: &mut [u8]) -> io::Result<bool> {
        loop {
            while !self.owed.is_empty() {
                let Some(taken) = would_block(self.stream.write(&self.owed))? else { return Ok(true) };
                self.owed.drain(..taken);
            }
            let got = match would_block(self.stream.read(buffer))? {
                Some(0) => return Ok(false),
                Some(got) => got,
                None => return Ok(true),
            };
            let taken = would_block(self.stream.write(&buffer[..got]))?.unwrap_or(0);
            self.owed.extend_from_slice(&buffer[taken..got]);
        }
    }
}

/// Nothing where the call would have slept.
fn would_block<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
        result => result.map(Some),
    }
}
