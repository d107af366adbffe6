//! Clients that send a message, wait for it to come back, and send the next.

use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

const MESSAGE: [u8; 128] = [b'.'; 128];

/// Clients of one server.
pub struct Load {
    poll: Poll,
    events: Events,
    clients: Vec<Client>,
}

struct Client {
    stream: TcpStream,
    /// How much of its message has come back.
    back: usize,
}

impl Load {
    /// Connects so many clients.
    pub fn connect(address: SocketAddr, count: usize) -> io::Result<Load> {
        let poll = Poll::new()?;
        let mut clients = Vec::new();
        for number in 0..count {
            let stream = std::net::TcpStream::connect(address)?;
            stream.set_nodelay(true)?;
            stream.set_nonblocking(true)?;
            let mut stream = TcpStream::from_std(stream);
            poll.registry().register(&mut stream, Token(number), Interest::READABLE)?;
            clients.push(Client { stream, back: 0 });
        }
        Ok(Load { poll, events: Events::with_capacity(1024), clients })
    }

    /// Has all clients together send so many messages, each client one at a time, and receive them.
    pub fn ping_pong(&mut self, messages: u32) -> io::Result<()> {
        let mut to_send = messages;
        let mut to_come = messages;
        for client in &mut self.clients {
            if to_send > 0 {
                to_send -= 1;
                client.send()?;
            }
        }
        while to_come > 0 {
            self.poll.poll(&mut self.events, None)?;
            for event in &self.events {
                let client = &mut self.clients[event.token().0];
                if client.is_back()? {
                    to_come -= 1;
                    if to_send > 0 {
                        to_send -= 1;
                        client.send()?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl Client {
    fn send(&mut self) -> io::Result<()> {
        self.back = 0;
        // So little always fits into an empty buffer.
        self.stream.write_all(&MESSAGE)
    }

    /// Whether with what has come now the message is back.
    fn is_back(&mut self) -> io::Result<bool> {
        let mut buffer = [0; MESSAGE.len()];
        match self.stream.read(&mut buffer) {
            Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
            Ok(got) => {
                self.back += got;
                Ok(self.back == MESSAGE.len())
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(error),
        }
    }
}
