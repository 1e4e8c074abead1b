//! A labelled corpus: a mall's reports and found items of four months, with look-alikes, and noise on both sides.

use yijian::lost_found::fingerprint::Fingerprint;

use super::noise::{Noise, Random};
use super::telling::Slips;
use super::thing::Thing;

/// A report, and where in the items the true one is.
pub struct Report {
    pub print: Fingerprint,
    pub truth: Option<usize>,
}

pub struct Corpus {
    pub reports: Vec<Report>,
    pub items: Vec<Fingerprint>,
}

impl Corpus {
    pub fn new(seed: u64, noise: Noise, matched: usize, never_found: usize, unrelated: usize) -> Self {
        let random = &mut Random { state: seed, noise };
        let mut corpus = Self { reports: Vec::new(), items: Vec::new() };
        for index in 0..matched + never_found {
            let thing = Thing::any(random);
            let slips = Slips::any(random);
            let truth = (index < matched).then_some(corpus.items.len());
            if truth.is_some() {
                corpus.items.push(thing.item(&slips, random));
            }
            corpus.reports.push(Report { print: thing.report(&slips, random), truth });
            if random.percent(if truth.is_some() { 80 } else { 50 }) {
                for _ in 0..=random.below(3) {
                    let other = thing.look_alike(random);
                    let slips = Slips::any(random);
                    corpus.items.push(other.item(&slips, random));
                }
            }
        }
        for _ in 0..unrelated {
            let (thing, slips) = (Thing::any(random), Slips::any(random));
            corpus.items.push(thing.item(&slips, random));
        }
        corpus
    }
}
