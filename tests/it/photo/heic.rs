//! HEIC, which is scrubbed in place.

use yijian::attachments::photo::PhotoError;
use yijian::attachments::photo::clean;

use super::{CODED, CREATOR, GPS, HIDDEN, Heic, MARKUP, TILE, XMP, assert_nothing_private, contains, heif_box};

#[test]
fn heic_is_scrubbed_in_place() {
    for iloc_version in 0..=2 {
        let heic = Heic { iloc_version, ..Heic::default() };
        let upload = heic.build();
        assert!(contains(&upload, GPS) && contains(&upload, XMP));
        let photo = clean(&upload).unwrap();
        assert_eq!(photo.content_type, "image/heic");
        // Turned by its `irot`.
        assert_eq!((photo.width, photo.height), (3024, 4032));
        assert_nothing_private(&photo);
        assert!(!contains(&photo.bytes, HIDDEN));
        assert!(!contains(&photo.bytes, CREATOR));
        assert!(contains(&photo.bytes, CODED));
        assert_eq!(contains(&photo.bytes, TILE), iloc_version > 0);
        assert_eq!(photo.bytes.len(), upload.len());
        // It is still a file of the same boxes, but for what was dropped.
        assert_eq!(clean(&photo.bytes), Ok(photo.clone()));
    }
}

#[test]
fn heif_brands_are_told_apart() {
    let brand = |brands: &[u8]| {
        let mut upload = Heic::default().build();
        upload[8..24].copy_from_slice(brands);
        clean(&upload).map(|photo| photo.content_type)
    };
    assert_eq!(brand(b"heix\0\0\0\0mif1heix"), Ok("image/heic"));
    assert_eq!(brand(b"mif1\0\0\0\0mif1heic"), Ok("image/heic"));
    assert_eq!(brand(b"mif1\0\0\0\0mif1miaf"), Ok("image/heif"));
    assert_eq!(brand(b"isom\0\0\0\0mp42avc1"), Err(PhotoError::NotAnImage));
    assert_eq!(brand(b"avif\0\0\0\0mif1miaf"), Err(PhotoError::NotAnImage));
}

#[test]
fn heic_whose_exif_cannot_be_found_is_refused() {
    let usual = Heic::default();
    let (at, length) = usual.exif_at.unwrap();
    for exif_at in
        [None, Some((at, 0)), Some((at, 1_000_000)), Some((1_000_000, length)), Some((usize::MAX, usize::MAX))]
    {
        let heic = Heic { exif_at, ..usual.clone() };
        assert_eq!(clean(&heic.build()), Err(PhotoError::Damaged), "{exif_at:?}");
    }
    // A part of another item, which may itself be anywhere.
    let heic = Heic { exif_method: 2, ..usual };
    assert_eq!(clean(&heic.build()), Err(PhotoError::Damaged));
}

#[test]
fn heic_note_that_claims_to_be_the_picture_goes_with_it() {
    let heic = Heic { exif_at: Some((0, CODED.len())), ..Heic::default() };
    let photo = clean(&heic.build()).unwrap();
    assert!(!contains(&photo.bytes, CODED));
    assert_nothing_private(&photo);
}

#[test]
fn heic_boxes_that_lie_are_refused() {
    let heic = |top_level: Vec<u8>| Heic { top_level, ..Heic::default() }.build();
    // A second list of items, a second start, a box that ends outside of the file, one that
    // starts again and again, and one that is longer than numbers go.
    for top_level in [
        heif_box(*b"meta", &[&[0; 4]]),
        heif_box(*b"ftyp", &[b"heic\0\0\0\0"]),
        b"\x7F\xFF\xFF\xFFuuid".to_vec(),
        b"\0\0\0\x04uuid".to_vec(),
        [b"\0\0\0\x01uuid", &[0xFF; 8][..]].concat(),
    ] {
        assert_eq!(clean(&heic(top_level)), Err(PhotoError::Damaged));
    }
    let many = heif_box(*b"free", &[]).repeat(100_000);
    assert_eq!(clean(&heic(many)), Err(PhotoError::Damaged));
    // Not a lie: a length of sixteen digits, and one that says "to the end".
    let long = [b"\0\0\0\x01uuid\0\0\0\0\0\0\0\x20", MARKUP, &[0; 16]].concat()[..32].to_vec();
    assert_nothing_private(&clean(&heic(long)).unwrap());
    let upload = [&Heic::default().build()[..], b"\0\0\0\0uuid", MARKUP].concat();
    assert_nothing_private(&clean(&upload).unwrap());
}
