//! Things people lose, and others that look like them.

use yijian::lost_found::colours::Colour;

use super::noise::Random;
use super::speech::{Kind, SPEECH};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
/// How long things are lost: about eighty a day.
const DAYS: i64 = 120;
pub const FLOORS: u64 = 8;
pub const ZONES: u64 = 12;

/// A thing as it is.
#[derive(Clone)]
pub struct Thing {
    pub kind: &'static Kind<'static>,
    pub colours: Vec<Colour>,
    pub brand: Option<usize>,
    pub particulars: Vec<&'static Vec<&'static str>>,
    pub letters: String,
    pub number: u64,
    pub surname: &'static str,
    pub province: &'static str,
    pub year: u64,
    pub lost: i64,
    pub found: i64,
    pub place: (u64, u64),
}

impl Thing {
    pub fn any(random: &mut Random) -> Self {
        let all: u64 = SPEECH.kinds.iter().map(|kind| kind.often).sum();
        let mut left = random.below(all);
        let kind = SPEECH.kinds.iter().find(|kind| {
            let here = left < kind.often;
            left = left.saturating_sub(kind.often);
            here
        });
        let kind = kind.unwrap();
        // Lost between ten and ten.
        let lost = random.seconds(DAYS) * DAY + 10 * HOUR + random.seconds(12 * HOUR);
        let delay = match random.below(100) {
            ..60 => random.seconds(3 * HOUR),
            60..85 => 3 * HOUR + random.seconds(9 * HOUR),
            85..98 => 12 * HOUR + random.seconds(DAY),
            _ => 36 * HOUR + random.seconds(60 * HOUR),
        };
        Self {
            kind,
            colours: some_colours(random),
            brand: some_brand(kind, random),
            particulars: some_particulars(kind, random),
            letters: (0..2 + random.below(2))
                .map(|_| char::from(b'A' + u8::try_from(random.below(26)).unwrap()))
                .collect(),
            number: if random.percent(60) { 1000 + random.below(9000) } else { 10 * (1 + random.below(60)) },
            surname: random.pick(&SPEECH.surnames),
            province: random.pick(&SPEECH.provinces),
            year: 1960 + random.below(50),
            lost,
            found: lost + delay,
            place: (random.below(FLOORS), random.below(ZONES)),
        }
    }

    /// Another thing that is easily taken for this one.
    pub fn look_alike(&self, random: &mut Random) -> Self {
        let other = Self::any(random);
        // What it has of its own kind.
        let own = Self {
            kind: self.kind,
            brand: some_brand(self.kind, random),
            particulars: some_particulars(self.kind, random),
            ..other.clone()
        };
        let near_time = self.found + random.seconds(8 * HOUR) - 4 * HOUR;
        match random.below(random.noise.look_alikes) {
            // Of the same colour, elsewhere, at another time.
            0 => Self { colours: self.colours.clone(), ..own },
            // Of the same colour and about the same time, elsewhere.
            1 => Self { colours: self.colours.clone(), found: near_time, ..own },
            // Of the same maker in another colour, about the same time.
            2 => Self { brand: self.brand, found: near_time, ..own },
            // Of the same colour and maker, in the same place at another time.
            3 => Self { colours: self.colours.clone(), brand: self.brand, place: self.place, ..own },
            // Another kind of thing in the same place at the same time.
            4 => Self { place: self.place, found: near_time, colours: self.colours.clone(), ..other },
            // Of the same colour, maker and floor, about the same time.
            _ => Self {
                colours: self.colours.clone(),
                brand: self.brand,
                place: (self.place.0, other.place.1),
                found: near_time,
                ..own
            },
        }
    }
}

fn some_colours(random: &mut Random) -> Vec<Colour> {
    let mut one = || match random.below(100) {
        ..32 => Colour::Black,
        32..44 => Colour::White,
        44..51 => Colour::Grey,
        51..58 => Colour::Red,
        58..67 => Colour::Blue,
        67..70 => Colour::Navy,
        70..77 => Colour::Pink,
        77..81 => Colour::Brown,
        81..84 => Colour::Beige,
        84..88 => Colour::Green,
        88..91 => Colour::Yellow,
        91..93 => Colour::Purple,
        93..95 => Colour::Gold,
        95..97 => Colour::Silver,
        97 => Colour::Orange,
        98 => Colour::Transparent,
        _ => Colour::Patterned,
    };
    let mut colours = vec![one(), one()];
    if random.percent(75) {
        colours.truncate(1);
    }
    colours
}

fn some_brand(kind: &'static Kind<'static>, random: &mut Random) -> Option<usize> {
    // The first makers are had more often.
    let end = kind.brands.len() as u64;
    let brand = (end > 0 && random.percent(75)).then(|| random.below(end).min(random.below(end)));
    brand.map(|brand| usize::try_from(brand).unwrap())
}

/// Most things have some, and a few have none.
fn some_particulars(kind: &'static Kind<'static>, random: &mut Random) -> Vec<&'static Vec<&'static str>> {
    let mut some = Vec::new();
    for _ in 0..random.pick(random.noise.particulars) {
        let from = if random.percent(75) { &kind.particulars } else { &SPEECH.any };
        let one = &from[usize::try_from(random.below(from.len() as u64)).unwrap()];
        if !some.contains(&one) {
            some.push(one);
        }
    }
    some
}
