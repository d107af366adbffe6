//! A heap in the middle of which a signal comes.
//!
//! malloc is not async-signal-safe (signal-safety(7)): whom a signal interrupts inside of it has its lock, or its lists
//! half changed, and a handler that calls it again sleeps for ever or breaks the heap. It takes a busy year until a
//! signal hits those few instructions. Here one is sent exactly there, and the second call is seen and does no harm,
//! as the heap proper has not been entered yet.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use super::aside::{has_default_action, is_blocked};

/// The global allocator of a test whose check calls [`interrupt_the_heap`]: the system's, and nothing more until then.
#[derive(Debug)]
pub struct InterruptedHeap;

/// The state of a thread's heap.
#[derive(Clone, Copy)]
enum Heap {
    /// Left alone.
    Alone,
    /// Waits for a call in which `signal` can come.
    Waits { signal: i32 },
    /// Is in a call, and the signal comes.
    Interrupted,
    /// Was called again by the handler.
    CalledAgain,
}

thread_local! {
    // Constant and without a destructor: so a look at it does not itself ask the heap for room.
    static HEAP: Cell<Heap> = const { Cell::new(Heap::Alone) };
}

/// Runs `code`, and sends `signal` to this thread once, in the middle of the first call of the heap at which it has a
/// handler and is not blocked. Says whether the handler called the heap again.
pub fn interrupt_the_heap<T>(signal: i32, code: impl FnOnce() -> T) -> (T, bool) {
    HEAP.set(Heap::Waits { signal });
    let value = code();
    (value, matches!(HEAP.replace(Heap::Alone), Heap::CalledAgain))
}

/// Every way into the heap begins here.
fn enter() {
    match HEAP.get() {
        Heap::Alone | Heap::CalledAgain => {}
        Heap::Interrupted => HEAP.set(Heap::CalledAgain),
        Heap::Waits { signal } => {
            // Whoever calls the heap may still want the errno of the call before.
            // SAFETY: the place is this thread's own, and there as long as the thread is.
            let place = unsafe { libc::__errno_location() };
            // SAFETY: see above.
            let errno = unsafe { *place };
            HEAP.set(interrupt(signal));
            // SAFETY: see above.
            unsafe { *place = errno };
        }
    }
}

/// Sends `signal`, if it can come now; says what becomes of the heap.
fn interrupt(signal: i32) -> Heap {
    // What is asked of the kernel here may itself need the heap.
    HEAP.set(Heap::Alone);
    if has_default_action(signal) || is_blocked(signal) {
        return Heap::Waits { signal };
    }
    HEAP.set(Heap::Interrupted);
    // SAFETY: integers only. The handler runs before the call returns: the signal is this thread's own, and not blocked
    // (raise(3)).
    unsafe { libc::raise(signal) };
    match HEAP.get() {
        Heap::CalledAgain => Heap::CalledAgain,
        _ => Heap::Alone,
    }
}

// SAFETY: all is the system's allocator's.
unsafe impl GlobalAlloc for InterruptedHeap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        enter();
        // SAFETY: as the caller says.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        enter();
        // SAFETY: as the caller says.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        enter();
        // SAFETY: as the caller says.
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        enter();
        // SAFETY: as the caller says.
        unsafe { System.dealloc(block, layout) }
    }
}
