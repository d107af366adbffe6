//! The vocabulary in which the table describes a call.

use super::names::Set;

/// What an argument is, and so how to read it. A number in a shape is the place of the argument
/// that tells its length. Shapes named `…Out` are filled by the kernel and read on the way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A descriptor.
    Fd,
    /// The directory of an `…at` call; the current one is not shown.
    DirFd,
    /// A number that means itself, of 64 bits: a size, an offset.
    Number,
    /// An `int` that means itself. Of a register only its lower half is one: the upper is noise.
    Int,
    /// An `unsigned int` that means itself.
    Unsigned,
    /// A number that the rest of the line tells already: the length of what is shown.
    Length,
    /// The same as an `int`.
    IntLength,
    /// A pointer that only `--raw` shows.
    Hidden,
    /// An `int` that only `--raw` shows.
    HiddenInt,
    /// A path or a name.
    Path,
    /// Bits.
    Flags(Set),
    /// One of several.
    One(Set),
    /// The type and flags of a socket in one number.
    SocketType,
    /// Data that goes in.
    In(usize),
    /// Data that comes out: as much as the call returned, but no more than the buffer holds.
    Out(usize),
    /// An `iovec` array, in.
    VectorIn(usize),
    /// An `iovec` array, out.
    VectorOut(usize),
    /// A `msghdr`, in.
    MessageIn,
    /// A `msghdr`, out.
    MessageOut,
    /// A `sockaddr`, in.
    AddressIn(usize),
    /// A `sockaddr`, out, with a pointer to its length.
    AddressOut(usize),
    /// Two descriptors, out.
    PairOut,
    /// A socket option's name, at the level that the argument tells.
    Option(usize),
    /// A socket option's value, in: level, name and length are told by these arguments.
    OptionIn(usize, usize, usize),
    /// A socket option's value, out.
    OptionOut(usize, usize, usize),
    /// What fcntl's command takes.
    Fcntl(usize),
    /// What ioctl's request takes or gives.
    Ioctl(usize),
    /// An array of `pollfd`, in and out.
    Pollfds(usize),
    /// An `fd_set`, in and out, up to `nfds`.
    FdSet(usize),
    /// An `epoll_event`, in.
    EpollEvent,
    /// An array of `epoll_event`, out.
    EpollEventsOut,
    /// Milliseconds; -1 is for ever.
    Millis,
    /// A `timespec`, as a timeout: null is for ever.
    Timespec,
    /// A `timeval`, as a timeout.
    Timeval,
    /// An `itimerval`.
    Itimerval,
    /// An `itimerspec`.
    Itimerspec,
    /// Signals to swap in, null for none.
    Signals,
    /// pselect6's pair of a pointer to signals and their size.
    PackedSignals,
    /// A `siginfo_t`, out.
    SiginfoOut,
    /// A `sigaction` of the kernel's, in.
    Sigaction,
    /// A signal's number.
    Signal,
    /// A process or thread.
    Process,
    /// A child's status, out.
    StatusOut,
    /// A 64-bit offset in memory, null for the description's own.
    OffsetPointer,
    /// An array of words that the kernel gives back: a control block's address each.
    Pointers(usize),
    /// The flags at the head of clone3's block.
    CloneArguments,
    /// The flags at the head of openat2's block.
    OpenHow,
}

/// What a result is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Returns {
    /// Nothing but success.
    Zero,
    /// How many bytes, messages or events.
    Count,
    /// A new descriptor.
    NewFd,
    /// A process.
    NewProcess,
    /// As fcntl's command says.
    ByCommand,
    /// A number.
    Quantity,
    /// A signal's number.
    SignalTaken,
    /// Nothing, as it does not return.
    Never,
}

/// What a call is for: predicates speak of families, so that `read`, `recv` and `readv` judge alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// Takes data out of a descriptor.
    Read,
    /// Puts data into a descriptor.
    Write,
    /// Moves data from one descriptor to another.
    Transfer,
    /// Makes a connection or takes one.
    Connect,
    /// Takes a connection off a listener's queue.
    Accept,
    /// Waits for readiness.
    Ready,
    /// Submits requests, or waits for their completion.
    Complete,
    /// Waits for a signal.
    SignalWait,
    /// Waits for time to pass.
    Sleep,
    /// Waits for a child.
    ChildWait,
    /// Makes a descriptor.
    Make,
    /// Makes a descriptor for a description that is there.
    Duplicate,
    /// Gives a descriptor up.
    Close,
    /// Says or asks something about a descriptor or a signal.
    Control,
    /// Starts a process, becomes another program, or ends.
    Start,
}
