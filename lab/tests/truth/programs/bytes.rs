//! Pipes and files: bytes in, bytes out.

use std::io::{self, IoSlice, IoSliceMut};

use nix::errno::Errno;
use nix::fcntl::{
    FcntlArg, Flock, FlockArg, OFlag, PosixFadviseAdvice, SpliceFFlags, copy_file_range, fcntl, open, posix_fadvise,
    splice, tee,
};
use nix::sys::sendfile::sendfile;
use nix::sys::socket::{AddressFamily, SockFlag, SockType, socketpair};
use nix::sys::stat::Mode;
use nix::sys::uio::{pread, preadv, pwrite, pwritev, readv, writev};
use nix::unistd::{Whence, fdatasync, fsync, ftruncate, lseek, pipe, pipe2, read, write};

use super::{address, address_mut, in_a_folder, kernel, owned, refused, word};

/// Parts, zero bytes, bytes that are no text, end of file, a writer without readers.
pub fn a_pipe() -> io::Result<()> {
    let (reader, writer) = pipe2(OFlag::O_CLOEXEC)?;
    write(&writer, b"hello\0\n\"\\\xff")?;
    write(&writer, b"")?;
    read(&reader, &mut [0; 3])?;
    read(&reader, &mut [0; 0])?;
    read(&reader, &mut [0; 16])?;
    drop(writer);
    read(&reader, &mut [0; 16])?;
    drop(reader);
    let (reader, writer) = pipe()?;
    drop(reader);
    refused(Errno::EPIPE, write(&writer, b"for nobody"))
}

/// A pipe that answers EAGAIN, and a write that is longer than what a tracer keeps.
pub fn a_nonblocking_pipe() -> io::Result<()> {
    let (reader, writer) = pipe2(OFlag::O_NONBLOCK)?;
    refused(Errno::EAGAIN, read(&reader, &mut [0; 16]))?;
    fcntl(&writer, FcntlArg::F_SETPIPE_SZ(4096))?;
    write(&writer, &[b'x'; 5000])?;
    refused(Errno::EAGAIN, write(&writer, b"y"))?;
    read(&reader, &mut [0; 10_000])?;
    fcntl(&writer, FcntlArg::F_SETPIPE_SZ(32_768))?;
    let long: Vec<u8> = (0..=u8::MAX).cycle().take(9_000).collect();
    write(&writer, &long)?;
    read(&reader, &mut [0; 10_000])?;
    Ok(())
}

/// readv and writev, and their relatives with an offset and with flags.
pub fn scatter_and_gather() -> io::Result<()> {
    in_a_folder(|| {
        let flags = OFlag::O_RDWR | OFlag::O_CREAT;
        let file = open("scattered", flags, Mode::S_IRUSR | Mode::S_IWUSR)?;
        writev(&file, &[IoSlice::new(b"he"), IoSlice::new(b""), IoSlice::new(b"llo")])?;
        pwritev(&file, &[IoSlice::new(b"J")], 0)?;
        let (mut one, mut other, mut more) = ([0; 3], [0; 4], [0; 8]);
        let mut vectors = [IoSliceMut::new(&mut one), IoSliceMut::new(&mut other), IoSliceMut::new(&mut more)];
        preadv(&file, &mut vectors, 0)?;
        preadv(&file, &mut vectors, 2)?;
        preadv(&file, &mut vectors, 100)?;
        lseek(&file, 1, Whence::SeekSet)?;
        readv(&file, &mut vectors)?;
        let out = libc::iovec { iov_base: b"flags".as_ptr().cast_mut().cast(), iov_len: 5 };
        // SAFETY: the vector describes five bytes that live for ever; the kernel only reads them.
        unsafe { kernel(libc::SYS_pwritev2, &[word(&file), address(&out), 1, 0, 0, libc::RWF_APPEND as usize]) }?;
        let mut buffer = [0_u8; 32];
        let into = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
        // SAFETY: the vector describes `buffer`. An offset of -1 is the description's own.
        unsafe { kernel(libc::SYS_preadv2, &[word(&file), address(&into), 1, usize::MAX, 0, 0]) }?;
        let (reader, writer) = pipe()?;
        writev(&writer, &[IoSlice::new(b"a pipe "), IoSlice::new(b"too")])?;
        readv(&reader, &mut vectors)?;
        refused(Errno::ESPIPE, preadv(&reader, &mut vectors, 0))
    })
}

/// A file from its creation to its locks.
pub fn a_file() -> io::Result<()> {
    in_a_folder(|| {
        refused(Errno::ENOENT, open("absent", OFlag::O_RDONLY, Mode::empty()))?;
        let flags = OFlag::O_RDWR | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_CLOEXEC | OFlag::O_APPEND;
        let file = open("here", flags, Mode::S_IRUSR | Mode::S_IWUSR)?;
        refused(Errno::EEXIST, open("here", flags, Mode::S_IRUSR))?;
        write(&file, b"0123456789")?;
        pwrite(&file, b"ab", 20)?;
        pread(&file, &mut [0; 4], 3)?;
        pread(&file, &mut [0; 4], 1 << 33)?;
        lseek(&file, -2, Whence::SeekEnd)?;
        lseek(&file, 1, Whence::SeekCur)?;
        lseek(&file, 0, Whence::SeekHole)?;
        refused(Errno::EINVAL, lseek(&file, -1, Whence::SeekSet))?;
        ftruncate(&file, 5)?;
        fdatasync(&file)?;
        fsync(&file)?;
        posix_fadvise(&file, 0, 5, PosixFadviseAdvice::POSIX_FADV_DONTNEED)?;
        fcntl(&file, FcntlArg::F_GETFL)?;
        let how = [libc::O_RDONLY as u64, 0, 0];
        let arguments = [libc::AT_FDCWD as usize, c"here".as_ptr() as usize, address(&how), size_of_val(&how)];
        // SAFETY: the path is a C string, and the block outlives the call.
        drop(owned(unsafe { kernel(libc::SYS_openat2, &arguments) }?));
        let again = open("./here", OFlag::O_WRONLY | OFlag::O_SYNC, Mode::empty())?;
        let locked = Flock::lock(file, FlockArg::LockExclusiveNonblock).map_err(|(_, error)| error)?;
        drop(Flock::lock(again, FlockArg::LockSharedNonblock).err());
        drop(locked);
        Ok(())
    })
}

/// Data that never visits the program.
pub fn data_that_moves_inside_the_kernel() -> io::Result<()> {
    in_a_folder(|| {
        let flags = OFlag::O_RDWR | OFlag::O_CREAT;
        let from = open("from", flags, Mode::S_IRUSR | Mode::S_IWUSR)?;
        let to = open("to", flags, Mode::S_IRUSR | Mode::S_IWUSR)?;
        write(&from, b"0123456789")?;
        let mut offset = 2;
        copy_file_range(&from, Some(&mut offset), &to, None, 4)?;
        let (left, right) = socketpair(AddressFamily::Unix, SockType::Stream, None, SockFlag::SOCK_CLOEXEC)?;
        let mut offset = 1;
        sendfile(&left, &from, Some(&mut offset), 3)?;
        sendfile(&left, &from, None, 3)?;
        let (reader, writer) = pipe()?;
        let (reader_too, writer_too) = pipe()?;
        splice(&right, None, &writer, None, 2, SpliceFFlags::SPLICE_F_MOVE)?;
        let mut offset = 5;
        splice(&from, Some(&mut offset), &writer, None, 100, SpliceFFlags::empty())?;
        tee(&reader, &writer_too, 4, SpliceFFlags::SPLICE_F_NONBLOCK)?;
        read(&reader_too, &mut [0; 16])?;
        refused(Errno::EAGAIN, splice(&reader_too, None, &writer, None, 1, SpliceFFlags::SPLICE_F_NONBLOCK))?;
        refused(Errno::EINVAL, splice(&from, None, &to, None, 1, SpliceFFlags::empty()))?;
        let mut loff = 0_i64;
        // SAFETY: the offset outlives the call.
        refused(Errno::ESPIPE, unsafe {
            kernel(libc::SYS_splice, &[word(&reader), address_mut(&mut loff), word(&left), 0, 1, 0])
        })
    })
}
