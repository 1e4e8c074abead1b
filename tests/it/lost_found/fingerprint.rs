//! Fingerprints: what comes back, and what is refused.

use yijian::lost_found::colours::{Colour, Colours};
use yijian::lost_found::fingerprint::{Described, Fingerprint, MAX_PLACES, MAX_WORDS, View};
use yijian::lost_found::likeness::likeness;

use super::noise::{Noise, Random};

fn thing(words: &str) -> Described<'_> {
    Described {
        category: 101,
        colours: Colours::of(&[Colour::Black]),
        brand: Some("华为"),
        words,
        places: vec![vec![3, 31], vec![4]],
        from: 1_000,
        until: 2_000,
    }
}

#[test]
fn it_is_small_and_reads_back() {
    let print = Fingerprint::of(&thing("屏幕碎,挂件"));
    assert!(print.as_bytes().len() < 120, "{}", print.as_bytes().len());
    assert_eq!(View::of(print.as_bytes()).unwrap().category(), 101);
    assert_eq!(Fingerprint::of(&thing("挂件,屏幕碎")), print, "order does not matter");
    assert_eq!(print.clone().into_bytes(), print.as_bytes());
}

#[test]
fn however_much_is_said_it_stays_bounded() {
    let text: String = ('\u{4e00}'..'\u{5e00}').collect();
    let places = (0..1_000).map(|floor| vec![floor; 50]).collect();
    let long = Described { places, brand: Some(&text), ..thing(&text) };
    let print = Fingerprint::of(&long);
    assert!(print.as_bytes().len() <= 27 + 16 * MAX_PLACES + 48 + 4 * MAX_WORDS);
    assert!(View::of(print.as_bytes()).is_some());
}

#[test]
fn a_time_that_ends_before_it_begins_is_its_beginning() {
    let backwards = Described { until: 5, ..thing("") };
    let forwards = Described { until: 1_000, ..thing("") };
    assert_eq!(Fingerprint::of(&backwards), Fingerprint::of(&forwards));
}

#[test]
fn other_versions_and_broken_bytes_are_refused() {
    let bytes = Fingerprint::of(&thing("屏幕碎,挂件")).into_bytes();
    for length in 0..bytes.len() {
        assert_eq!(View::of(&bytes[..length]), None, "cut to {length}");
    }
    assert_eq!(View::of(&[&bytes[..], &[0]].concat()), None, "too long");
    let mut other = bytes.clone();
    other[0] += 1;
    assert_eq!(View::of(&other), None, "another version");
    let mut colourless = bytes;
    colourless[6] = 0xff;
    assert_eq!(View::of(&colourless), None, "colours that are none");
}

#[test]
fn garbage_never_panics() {
    let mut random = Random { state: 11, noise: Noise::USUAL };
    let good = Fingerprint::of(&thing("屏幕碎了一角,尾号1234,小熊挂件")).into_bytes();
    let honest = View::of(&good).unwrap();
    let mut read = 0;
    for round in 0..200_000 {
        let mut bytes = good.clone();
        if round % 2 == 0 {
            bytes = (0..random.below(120)).map(|_| random.below(256).to_le_bytes()[0]).collect();
        } else {
            for _ in 0..=random.below(4) {
                let at = usize::try_from(random.below(bytes.len() as u64)).unwrap();
                bytes[at] = random.below(256).to_le_bytes()[0];
            }
        }
        if let Some(view) = View::of(&bytes) {
            read += 1;
            for likeness in [likeness(&view, &honest), likeness(&honest, &view), likeness(&view, &view)] {
                assert!(likeness.is_none_or(|likeness| likeness.score <= 100));
            }
        }
    }
    assert!(read > 10_000, "some of it reads: {read}");
}
