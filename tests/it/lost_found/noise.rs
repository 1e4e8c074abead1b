//! Chance, and how much of it stands between a thing and what is said of it.

/// Splitmix64, and how noisy a world it makes.
pub struct Random {
    pub state: u64,
    pub noise: Noise,
}

impl Random {
    pub fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub fn seconds(&mut self, end: i64) -> i64 {
        i64::try_from(self.below(u64::try_from(end).unwrap())).unwrap()
    }

    pub fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    pub fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[usize::try_from(self.below(list.len() as u64)).unwrap()]
    }
}

/// How much stands between a thing and what is said of it, in percent where nothing else is said.
#[derive(Clone, Copy)]
pub struct Noise {
    /// Each particular of a thing that its owner mentions.
    pub owner_mentions: u64,
    /// Each particular of a thing that the desk mentions.
    pub desk_mentions: u64,
    /// How many particulars a thing has: one of these.
    pub particulars: &'static [u64],
    /// Items that were carried elsewhere before they were found.
    pub moved: u64,
    /// Reports of a time that begins after the loss.
    pub late_clock: u64,
    /// Numbers that are told wrong.
    pub wrong_number: u64,
    /// How many sorts of look-alikes there are.
    pub look_alikes: u64,
}

impl Noise {
    /// What was asked for: words, brands, colours, places, times and categories that differ, and both sides often mention
    /// what is particular.
    pub const USUAL: Self = Self {
        owner_mentions: 80,
        desk_mentions: 75,
        particulars: &[0, 1, 1, 2, 2, 2, 3, 3, 3, 4],
        moved: 0,
        late_clock: 0,
        wrong_number: 5,
        look_alikes: 5,
    };
    /// More than that: terse people, wandering items, wrong clocks and numbers, and look-alikes that differ in nothing but
    /// the zone and the particulars.
    pub const HARSH: Self = Self {
        owner_mentions: 70,
        desk_mentions: 60,
        particulars: &[0, 1, 1, 2, 2, 2, 3, 3, 4],
        moved: 4,
        late_clock: 5,
        wrong_number: 12,
        look_alikes: 6,
    };
}
