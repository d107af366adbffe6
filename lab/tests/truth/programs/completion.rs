//! The interfaces that tell of completion: POSIX AIO, Linux AIO, io_uring.

use std::io;
use std::mem;
use std::os::fd::{AsRawFd, OwnedFd};
use std::ptr;
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering};

use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::stat::Mode;
use nix::unistd::{pipe, read, write};

use super::signals::when_asleep;
use super::{address, address_mut, done, in_a_folder, kernel, owned, refused, threads, until_threads, word};

fn file() -> nix::Result<OwnedFd> {
    let file = open("data", OFlag::O_RDWR | OFlag::O_CREAT, Mode::S_IRUSR | Mode::S_IWUSR)?;
    write(&file, b"0123456789")?;
    Ok(file)
}

/// Where the thread that glibc starts tells that it ran.
static TOLD: AtomicI32 = AtomicI32::new(-1);

extern "C" fn told(_value: libc::sigval) {
    // SAFETY: the byte lives for ever.
    unsafe { libc::write(TOLD.load(Ordering::SeqCst), b"!".as_ptr().cast(), 1) };
}

unsafe extern "C" {
    /// aio.h of the GNU C library: how its threads behave.
    fn aio_init(settings: *const Settings);
}

/// `struct aioinit`.
#[repr(C)]
#[derive(Default)]
struct Settings {
    threads: i32,
    number: i32,
    unused: [i32; 4],
    debug: i32,
    /// How long a thread waits for more work, in seconds.
    idle_time: i32,
    reserved: i32,
}

/// Requests that a thread of the library's carries out, told by a thread and by a signal.
#[cfg(target_env = "gnu")]
pub fn posix_aio() -> io::Result<()> {
    in_a_folder(|| {
        let file = file()?;
        let (reader, writer) = pipe()?;
        TOLD.store(writer.as_raw_fd(), Ordering::SeqCst);
        // A worker that goes when it has nothing to do, so that its end is in the trace.
        let settings = Settings { threads: 1, number: 4, idle_time: -1, ..Settings::default() };
        // SAFETY: the library reads the settings before it returns.
        unsafe { aio_init(&raw const settings) };
        let before = threads();
        let mut buffer = [0_u8; 4];
        let mut request = request(&file, &mut buffer);
        request.aio_sigevent.sigev_notify = libc::SIGEV_THREAD;
        let function = (&raw mut request.aio_sigevent.sigev_notify_thread_id).cast::<usize>();
        // SAFETY: the union begins with the function that SIGEV_THREAD calls; libc names another member.
        unsafe { function.write_unaligned(told as *const () as usize) };
        // SAFETY: request and buffer stay until the request is done.
        done(unsafe { libc::aio_read(&raw mut request) })?;
        read(&reader, &mut [0; 1])?;
        until_threads(before);
        // SAFETY: the request is done.
        assert_eq!(unsafe { libc::aio_return(&raw mut request) }, 4, "aio_read read what there is");
        let queued = SigSet::from(Signal::SIGUSR1);
        queued.thread_block()?;
        request.aio_sigevent.sigev_notify = libc::SIGEV_SIGNAL;
        request.aio_sigevent.sigev_signo = libc::SIGUSR1;
        // SAFETY: as above.
        done(unsafe { libc::aio_write(&raw mut request) })?;
        queued.wait()?;
        until_threads(before);
        Ok(())
    })
}

fn request(file: &OwnedFd, buffer: &mut [u8]) -> libc::aiocb {
    // SAFETY: all zeroes is a valid control block.
    let mut request: libc::aiocb = unsafe { mem::zeroed() };
    request.aio_fildes = file.as_raw_fd();
    request.aio_offset = 3;
    request.aio_buf = buffer.as_mut_ptr().cast();
    request.aio_nbytes = buffer.len();
    request
}

/// The kernel's own AIO: a request submitted, its completion taken, none in time.
pub fn linux_aio() -> io::Result<()> {
    in_a_folder(|| {
        let file = file()?;
        let mut context = 0_usize;
        let mut buffer = [0_u8; 4];
        // SAFETY: all zeroes is a valid control block.
        let mut request: libc::iocb = unsafe { mem::zeroed() };
        request.aio_lio_opcode = IOCB_CMD_PREAD;
        request.aio_fildes = file.as_raw_fd().cast_unsigned();
        request.aio_buf = buffer.as_mut_ptr() as u64;
        request.aio_nbytes = 4;
        request.aio_offset = 2;
        let list = [ptr::from_mut(&mut request)];
        let mut events = [0_u64; 8];
        let soon = libc::timespec { tv_sec: 0, tv_nsec: 1_000_000 };
        // SAFETY: everything that the kernel reads or fills outlives the context.
        unsafe {
            kernel(libc::SYS_io_setup, &[8, address_mut(&mut context)])?;
            kernel(libc::SYS_io_submit, &[context, 1, address(&list)])?;
            kernel(libc::SYS_io_getevents, &[context, 1, 2, address_mut(&mut events), 0])?;
            kernel(libc::SYS_io_getevents, &[context, 1, 2, address_mut(&mut events), address(&soon)])?;
            refused(
                Errno::EINVAL,
                kernel(libc::SYS_io_cancel, &[context, list[0] as usize, address_mut(&mut events)]),
            )?;
            (*list[0]).aio_lio_opcode = 999;
            refused(Errno::EINVAL, kernel(libc::SYS_io_submit, &[context, 1, address(&list)]))?;
            kernel(libc::SYS_io_destroy, &[context])?;
            refused(Errno::EINVAL, kernel(libc::SYS_io_getevents, &[context, 0, 1, address_mut(&mut events), 0]))
        }
    })
}

/// linux/aio_abi.h
const IOCB_CMD_PREAD: u16 = 0;

/// A ring: a request that does nothing, and one that waits until a pipe has data.
pub fn an_io_uring() -> io::Result<()> {
    let Some(ring) = Ring::new()? else { return Ok(()) };
    ring.submit(|_| {});
    ring.enter(1, 1)?;
    ring.reap();
    ring.enter(0, 0)?;
    let (reader, writer) = pipe()?;
    let mut buffer = [0_u8; 8];
    let at = address_mut(&mut buffer);
    ring.submit(|entry| {
        // struct io_uring_sqe: the opcode, the descriptor, the offset, the address and the length.
        entry.word(0).store(OP_READ, Ordering::Relaxed);
        entry.word(1).store(reader.as_raw_fd().cast_unsigned(), Ordering::Relaxed);
        entry.word(2).store(u32::MAX, Ordering::Relaxed);
        entry.word(3).store(u32::MAX, Ordering::Relaxed);
        entry.word(4).store(at as u32, Ordering::Relaxed);
        entry.word(5).store((at >> 32) as u32, Ordering::Relaxed);
        entry.word(6).store(8, Ordering::Relaxed);
    });
    let feed = |_| assert_eq!(write(&writer, b"done"), Ok(4), "the ring reads");
    when_asleep(&[libc::SYS_io_uring_enter], feed, || ring.enter(1, 1))??;
    // SAFETY: this operation takes no argument and fails: nothing is registered.
    refused(Errno::ENXIO, unsafe { kernel(libc::SYS_io_uring_register, &[word(&ring.ring), UNREGISTER_BUFFERS, 0, 0]) })
}

/// IORING_OP_READ.
const OP_READ: u32 = 22;

/// A ring of four entries, of which the first is used again and again.
struct Ring {
    ring: OwnedFd,
    submissions: Mapping,
    entries: Mapping,
    /// Where the tail and the array of entries' places stand, in words.
    tail: usize,
    array: usize,
    /// Where the completions' head and tail stand.
    completions: [usize; 2],
}

impl Ring {
    /// `None` where a container or a sysctl forbids rings: then both tracers see that.
    fn new() -> io::Result<Option<Ring>> {
        let mut parameters = [0_u32; 30];
        // SAFETY: the kernel fills the 120 bytes of the parameter block.
        let ring = match unsafe { kernel(libc::SYS_io_uring_setup, &[4, address_mut(&mut parameters)]) } {
            Ok(ring) => owned(ring),
            Err(Errno::EPERM | Errno::ENOSYS) => return Ok(None),
            Err(errno) => return Err(errno.into()),
        };
        let (submissions, entries) = (Mapping::new(&ring, 0)?, Mapping::new(&ring, 0x1000_0000)?);
        // struct io_sqring_offsets begins with the eleventh word: head, tail, mask, entries, flags,
        // dropped, array.
        let (tail, array) = (parameters[11] as usize / 4, parameters[16] as usize / 4);
        // struct io_cqring_offsets follows after two words more: head, tail.
        let completions = [20, 21].map(|place: usize| parameters[place] as usize / 4);
        Ok(Some(Ring { ring, submissions, entries, tail, array, completions }))
    }

    /// Puts a request into the next place. Left as it is, an entry of zeroes is IORING_OP_NOP.
    fn submit(&self, fill: impl FnOnce(&Mapping)) {
        fill(&self.entries);
        let tail = self.submissions.word(self.tail);
        let place = tail.load(Ordering::Relaxed);
        self.submissions.word(self.array + place as usize % 4).store(0, Ordering::Relaxed);
        tail.store(place + 1, Ordering::Release);
    }

    /// Takes all completions, so that the next wait is for a new one.
    fn reap(&self) {
        let [head, tail] = self.completions.map(|place| self.submissions.word(place));
        head.store(tail.load(Ordering::Acquire), Ordering::Release);
    }

    fn enter(&self, submit: usize, complete: usize) -> nix::Result<i64> {
        // SAFETY: no mask and no pointer.
        unsafe { kernel(libc::SYS_io_uring_enter, &[word(&self.ring), submit, complete, GETEVENTS, 0, 8]) }
    }
}

/// IORING_ENTER_GETEVENTS and IORING_UNREGISTER_BUFFERS (linux/io_uring.h).
const GETEVENTS: usize = 1;
const UNREGISTER_BUFFERS: usize = 1;

/// A page that this process shares with the kernel.
struct Mapping(*mut libc::c_void);

/// One page holds a ring of four.
const PAGE: usize = 4096;

impl Mapping {
    fn new(ring: &OwnedFd, offset: i64) -> io::Result<Mapping> {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: a new mapping, at an address of the kernel's choice.
        let at = unsafe { libc::mmap(ptr::null_mut(), PAGE, protection, libc::MAP_SHARED, ring.as_raw_fd(), offset) };
        if at == libc::MAP_FAILED { Err(io::Error::last_os_error()) } else { Ok(Mapping(at)) }
    }

    fn word(&self, place: usize) -> &AtomicU32 {
        assert!(place < PAGE / 4, "within the page");
        // SAFETY: inside the mapping, aligned, and only ever touched atomically.
        unsafe { AtomicU32::from_ptr(self.0.cast::<u32>().add(place)) }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the mapping is this value's own.
        unsafe { libc::munmap(self.0, PAGE) };
    }
}
