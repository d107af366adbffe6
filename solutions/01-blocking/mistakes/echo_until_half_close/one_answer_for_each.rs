//! Reads once, answers once, closes. The server of every first tutorial, and the reason why its client works
//! for one message only.

use std::io::{self, Read, Write};
use std::net::TcpListener;
use std::os::fd::BorrowedFd;

pub fn serve(listener: BorrowedFd<'_>, clients: usize) -> io::Result<Vec<u64>> {
    let listener = TcpListener::from(listener.try_clone_to_owned()?);
    let mut echoed = Vec::new();
    for client in listener.incoming().take(clients) {
        let mut client = client?;
        let mut buffer = [0; 4096];
        let got = client.read(&mut buffer).unwrap_or(0);
        let sent = client.write_all(&buffer[..got]).map_or(0, |()| got as u64);
        echoed.push(sent);
    }
    Ok(echoed)
}
