//! The shipped tree of categories.

use std::collections::BTreeSet;

use yijian::lost_found::categories::{
    self, ANYTHING, KINDRED, NEAR, OWN_GROUP, SIBLINGS, ValueClass, all, families, find,
};

fn likeness(a: &str, b: &str) -> u8 {
    categories::likeness(find(a).unwrap().number, find(b).unwrap().number)
}

#[test]
fn the_tree_is_sound() {
    let groups = all().iter().filter(|category| category.parent.is_none()).count();
    assert!(groups >= 12 && all().len() - groups >= 60, "{groups} groups among {}", all().len());
    assert_eq!(all().iter().map(|category| &category.code).collect::<BTreeSet<_>>().len(), all().len(), "codes");
    assert_eq!(all().iter().map(|category| category.number).collect::<BTreeSet<_>>().len(), all().len(), "numbers");
    for category in all() {
        let code = &category.code;
        assert!(code.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{code}");
        assert!(category.words.contains(&category.zh), "{code}");
        if let Some(parent) = &category.parent {
            assert!(find(parent).is_some_and(|parent| parent.parent.is_none()), "{code}: two levels");
        }
        for near in &category.near {
            assert!(find(near).is_some() && near != code, "{code}: near {near}");
        }
        assert_eq!(categories::by_number(category.number), Some(category));
    }
    assert_eq!(find("submarine"), None);
    assert_eq!(categories::by_number(u16::MAX), None);
}

#[test]
fn what_is_dangerous_perishable_or_personal_does_not_ship_and_papers_are_not_shown() {
    for category in all() {
        let (class, code) = (category.value_class, &category.code);
        if matches!(class, ValueClass::Dangerous | ValueClass::Perishable | ValueClass::IdentityPaper) {
            assert!(!category.may_ship, "{code}");
        }
        if class == ValueClass::IdentityPaper {
            assert!(!category.public_photo, "{code}");
        }
    }
    for code in ["cash", "bank_card", "keys", "phone", "id_card", "medicine"] {
        assert!(!find(code).unwrap().public_photo, "{code}");
    }
    for code in ["cash", "bank_card", "lighter", "power_bank", "alcohol", "perfume"] {
        assert!(!find(code).unwrap().may_ship, "{code}");
    }
}

#[test]
fn likeness_goes_down_with_kinship() {
    assert_eq!(likeness("phone", "phone"), 100);
    assert_eq!(likeness("phone", "electronics"), OWN_GROUP);
    assert_eq!(likeness("phone", "tablet"), NEAR);
    assert_eq!(likeness("wallet", "handbag"), NEAR);
    assert_eq!(likeness("phone", "other"), ANYTHING);
    assert_eq!(likeness("phone", "charger"), SIBLINGS);
    assert_eq!(likeness("book", "work_badge"), 0);
    assert_eq!(likeness("id_card", "transport_card"), KINDRED);
    assert_eq!(likeness("phone", "umbrella"), 0);
    assert_eq!(categories::likeness(101, 65_000), 0);
    for (a, b) in all().iter().flat_map(|a| all().iter().map(move |b| (a, b))) {
        assert_eq!(likeness(&a.code, &b.code), likeness(&b.code, &a.code));
    }
}

#[test]
fn families_are_what_has_likeness() {
    let phone = find("phone").unwrap();
    let family = families(phone);
    for code in ["phone", "electronics", "tablet", "charger", "other"] {
        assert!(family.contains(&find(code).unwrap().number), "{code}");
    }
    assert!(!family.contains(&find("umbrella").unwrap().number));
    assert_eq!(families(find("other").unwrap()).len(), all().len());
}
