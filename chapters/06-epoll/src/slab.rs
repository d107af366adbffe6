//! Tokens that outlive what they stood for, and say so.
//!
//! epoll hands back 64 bits of ours with each event. An index into a table is the cheapest thing to put
//! there; but an event may have been reported before its client was closed, and be looked at when another
//! client sits in that slot. So the other half of the token is how often the slot had been used before.
//!
//! Rests on: epoll(7), "Possible pitfalls and ways to avoid them".

/// Values in numbered slots.
#[derive(Debug)]
pub struct Slab<T> {
    /// Each with its generation: how many values it held before this one.
    slots: Vec<(u32, Option<T>)>,
    free: Vec<usize>,
}

impl<T> Slab<T> {
    /// Puts a value into a free slot; its token is good until it is removed.
    pub fn insert(&mut self, value: T) -> (u64, &mut T) {
        let index = self.free.pop().unwrap_or(self.slots.len());
        if index == self.slots.len() {
            self.slots.push((0, None));
        }
        let (generation, slot) = &mut self.slots[index];
        (token(*generation, index), slot.insert(value))
    }

    /// The value of this token, unless it was removed.
    pub fn get(&mut self, token: u64) -> Option<&mut T> {
        let (generation, value) = self.slots.get_mut(token as u32 as usize)?;
        value.as_mut().filter(|_| u64::from(*generation) == token >> 32)
    }

    /// Drops the value of this token.
    pub fn remove(&mut self, token: u64) {
        if self.get(token).is_some() {
            let index = token as u32 as usize;
            let (generation, value) = &mut self.slots[index];
            (*generation, *value) = (generation.wrapping_add(1), None);
            self.free.push(index);
        }
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.free.len() == self.slots.len()
    }

    /// The token of each value.
    pub fn tokens(&self) -> impl Iterator<Item = u64> {
        let taken = self.slots.iter().enumerate().filter(|(_, (_, value))| value.is_some());
        taken.map(|(index, (generation, _))| token(*generation, index))
    }

    /// Each value.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.slots.iter().filter_map(|(_, value)| value.as_ref())
    }
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Slab { slots: Vec::new(), free: Vec::new() }
    }
}

fn token(generation: u32, index: usize) -> u64 {
    u64::from(generation) << 32 | index as u64
}
