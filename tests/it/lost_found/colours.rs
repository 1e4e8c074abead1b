//! Sets of colours.

use yijian::lost_found::colours::Colour::{Black, Blue, Brown, Gold, Green, Grey, Navy, Pink, Red, White, Yellow};
use yijian::lost_found::colours::{Colour, Colours};

fn likeness(a: &[Colour], b: &[Colour]) -> Option<u8> {
    let (a, b) = (Colours::of(a), Colours::of(b));
    assert_eq!(a.likeness(b), b.likeness(a), "both ways");
    a.likeness(b)
}

#[test]
fn a_set_is_a_list_of_words_in_json() {
    let set: Colours = serde_json::from_str(r#"["navy","black","navy"]"#).unwrap();
    assert_eq!(set, Colours::of(&[Black, Navy]));
    assert_eq!(serde_json::to_string(&set).unwrap(), r#"["black","navy"]"#);
    assert!(serde_json::from_str::<Colours>(r#"["ultraviolet"]"#).is_err());
}

#[test]
fn bits_come_back_and_strange_ones_do_not() {
    for colour in Colour::ALL {
        let set = Colours::of(&[colour]);
        assert_eq!(Colours::from_bits(set.bits()), Some(set));
    }
    assert_eq!(Colours::from_bits(1 << 18), None);
    assert_eq!(Colours::from_bits(u32::MAX), None);
}

#[test]
fn neighbours_are_forgiven_and_others_are_not() {
    assert_eq!(likeness(&[Black], &[Black]), Some(100));
    assert_eq!(likeness(&[Black], &[Navy]), Some(50));
    assert_eq!(likeness(&[Gold], &[Yellow]), Some(50));
    assert_eq!(likeness(&[Black], &[White]), Some(0));
    assert_eq!(likeness(&[Green], &[Red]), Some(0));
    assert_eq!(likeness(&[Pink, White], &[Pink]), Some(83), "who names one of two is not wrong");
    assert_eq!(likeness(&[Brown, Blue], &[Brown, Navy]), Some(75));
    assert_eq!(likeness(&[], &[Grey]), None);
    for (a, b) in Colour::ALL.into_iter().flat_map(|a| Colour::ALL.map(move |b| (a, b))) {
        likeness(&[a], &[b]);
    }
}

#[test]
fn common_colours_are_those_half_of_all_things_have() {
    assert!(Colours::of(&[Black, White]).is_common());
    assert!(!Colours::of(&[Black, Pink]).is_common());
}
