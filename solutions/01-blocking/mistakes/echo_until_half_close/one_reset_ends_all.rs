//! Lets `?` carry one client's error out of the loop of all clients. The server runs for weeks, until somebody
//! pulls a cable.

use std::io::{self, Read, Write};
use std::net::TcpListener;
use std::os::fd::BorrowedFd;

pub fn serve(listener: BorrowedFd<'_>, clients: usize) -> io::Result<Vec<u64>> {
    let listener = TcpListener::from(listener.try_clone_to_owned()?);
    let mut echoed = Vec::new();
    for client in listener.incoming().take(clients) {
        let mut client = client?;
        let mut buffer = [0; 4096];
        let mut count = 0;
        loop {
            let got = match client.read(&mut buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                got => got?,
            };
            if got == 0 {
                break;
            }
            client.write_all(&buffer[..got])?;
            count += got as u64;
        }
        echoed.push(count);
    }
    Ok(echoed)
}
