//! What owners and the desk say of a thing: not the same.

use yijian::lost_found::categories;
use yijian::lost_found::colours::{Colour, Colours};
use yijian::lost_found::fingerprint::{Described, Fingerprint};

use super::noise::Random;
use super::speech::SPEECH;
use super::thing::{FLOORS, Thing, ZONES};

const HOUR: i64 = 3600;

/// What both sides tell: at most one of them leaves the brand out, takes the colour for another, ...
pub struct Slips {
    brand_missing: [bool; 2],
    colour_taken: [bool; 2],
    category_taken: [bool; 2],
}

impl Slips {
    pub fn any(random: &mut Random) -> Self {
        let mut one_side = |chance| {
            let (slipped, first) = (random.percent(chance), random.percent(50));
            [slipped && first, slipped && !first]
        };
        Self { brand_missing: one_side(40), colour_taken: one_side(15), category_taken: one_side(10) }
    }
}

impl Thing {
    pub fn report(&self, slips: &Slips, random: &mut Random) -> Fingerprint {
        let frame = random.pick(&SPEECH.report);
        let mut text = self.text(frame, random.noise.owner_mentions, random);
        if random.percent(35) {
            text = format!("{text},{}", random.pick(&SPEECH.empty_words));
        }
        // From an hour to two days.
        let width = random.pick(&[1, 2, 2, 3, 4, 4, 8, 12, 24, 48]) * HOUR;
        let from = if random.percent(random.noise.late_clock) {
            self.lost + random.seconds(HOUR)
        } else {
            self.lost - random.seconds(width)
        };
        let described = Described {
            category: self.category(slips.category_taken[0], random),
            colours: self.colours(slips.colour_taken[0], random),
            brand: self.brand_word(slips.brand_missing[0], random),
            words: &text,
            places: self.places(random),
            from,
            until: from + width,
        };
        Fingerprint::of(&described)
    }

    pub fn item(&self, slips: &Slips, random: &mut Random) -> Fingerprint {
        let frame = random.pick(&SPEECH.entry);
        let text = self.text(frame, random.noise.desk_mentions, random);
        let place =
            if random.percent(random.noise.moved) { (random.below(FLOORS), random.below(ZONES)) } else { self.place };
        let described = Described {
            category: self.category(slips.category_taken[1], random),
            colours: self.colours(slips.colour_taken[1], random),
            brand: self.brand_word(slips.brand_missing[1], random),
            words: &text,
            places: vec![keys(place)],
            from: self.found,
            until: self.found,
        };
        Fingerprint::of(&described)
    }

    fn text(&self, frame: (&str, &str), mention: u64, random: &mut Random) -> String {
        let colour =
            self.colours.first().filter(|_| random.percent(60)).map_or("", |colour| colour_word(*colour, random));
        let name = random.pick(&self.kind.names);
        let mut said = Vec::new();
        for variants in &self.particulars {
            if random.percent(mention) {
                said.push(self.fill(random.pick(variants), random));
            }
        }
        if said.len() > 1 && random.percent(50) {
            said.reverse();
        }
        let mut text = format!("{}{colour}{name}{}", frame.0, frame.1);
        for particular in said {
            text = if random.percent(85) { format!("{text},{particular}") } else { format!("{particular}的{text}") };
        }
        if random.percent(15) { slip(&text, random) } else { text }
    }

    /// A particular's words with this thing's own letters and numbers, mostly right.
    fn fill(&self, words: &str, random: &mut Random) -> String {
        let number = if random.percent(random.noise.wrong_number) { 10 * random.below(900) } else { self.number };
        let words = words.replace("{L}", &self.letters).replace("{N}", &number.to_string());
        words.replace("{S}", self.surname).replace("{P}", self.province).replace("{Y}", &self.year.to_string())
    }

    fn category(&self, taken: bool, random: &mut Random) -> u16 {
        let own = categories::find(self.kind.code).unwrap();
        let near: Vec<_> = own.near.iter().chain(&own.parent).filter_map(|code| categories::find(code)).collect();
        if taken && !near.is_empty() { random.pick(&near).number } else { own.number }
    }

    fn colours(&self, taken: bool, random: &mut Random) -> Colours {
        // One of two colours is often left out, and all of them sometimes.
        if random.percent(6) || (self.kind.code.ends_with("_card") && random.percent(50)) {
            return Colours::default();
        }
        let keep = if random.percent(40) { 1 } else { self.colours.len() };
        let seen = |colour: &Colour| if taken { mistaken(*colour) } else { *colour };
        Colours::of(&self.colours.iter().take(keep).map(seen).collect::<Vec<_>>())
    }

    fn brand_word(&self, missing: bool, random: &mut Random) -> Option<&'static str> {
        self.brand.filter(|_| !missing).map(|brand| random.pick(&self.kind.brands[brand]))
    }

    /// Where its owner may have lost it: up to four places, near each other or not.
    fn places(&self, random: &mut Random) -> Vec<Vec<u64>> {
        let (floor, zone) = self.place;
        match random.below(100) {
            ..5 => return vec![],
            5..12 => return vec![vec![1000 + floor]],
            _ => {}
        }
        let truth = if random.percent(10) { (floor, (zone + 1) % ZONES) } else { (floor, zone) };
        let mut places = vec![keys(truth)];
        for _ in 0..random.pick(&[0, 0, 0, 1, 1, 2, 3]) {
            let floor = if random.percent(50) { floor } else { random.below(FLOORS) };
            places.push(keys((floor, random.below(ZONES))));
        }
        if random.percent(10) {
            places[0] = keys((random.below(FLOORS), random.below(ZONES)));
        }
        places
    }
}

fn keys((floor, zone): (u64, u64)) -> Vec<u64> {
    vec![1000 + floor, 5000 + floor * 100 + zone]
}

fn mistaken(colour: Colour) -> Colour {
    match colour {
        Colour::Black => Colour::Navy,
        Colour::Grey => Colour::Silver,
        Colour::Silver => Colour::Grey,
        Colour::Red => Colour::Orange,
        Colour::Blue => Colour::Green,
        Colour::Pink => Colour::Purple,
        Colour::Brown | Colour::White => Colour::Beige,
        Colour::Gold => Colour::Yellow,
        Colour::Yellow => Colour::Gold,
        Colour::Beige => Colour::White,
        Colour::Purple => Colour::Pink,
        Colour::Green | Colour::Navy => Colour::Blue,
        other => other,
    }
}

fn colour_word(colour: Colour, random: &mut Random) -> &'static str {
    let words: &[&str] = match colour {
        Colour::Black => &["黑色", "黑", "黑色的"],
        Colour::White => &["白色", "白", "米白"],
        Colour::Grey => &["灰色", "深灰", "灰"],
        Colour::Red => &["红色", "大红", "酒红"],
        Colour::Blue => &["蓝色", "天蓝", "浅蓝色"],
        Colour::Navy => &["藏青", "深蓝", "藏蓝色"],
        Colour::Pink => &["粉色", "粉红", "浅粉"],
        Colour::Brown => &["棕色", "咖啡色", "褐色"],
        Colour::Green => &["绿色", "墨绿", "军绿"],
        _ => &[""],
    };
    random.pick(words)
}

/// A character left out, doubled or taken for another.
fn slip(text: &str, random: &mut Random) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let at = usize::try_from(random.below(chars.len() as u64)).unwrap();
    match random.below(3) {
        0 => drop(chars.remove(at)),
        1 => chars.insert(at, chars[at]),
        _ => chars[at] = random.pick(&SPEECH.slips).chars().next().unwrap(),
    }
    chars.into_iter().collect()
}
