//! What is no photo, or no longer one.

use proptest::prelude::*;
use yijian::attachments::photo::PhotoError;
use yijian::attachments::photo::clean;

use super::{Heic, MARKUP, assert_nothing_private, valid_files};

#[test]
fn cut_off_files_are_refused() {
    for (number, upload) in valid_files().iter().enumerate() {
        assert!(clean(upload).is_ok(), "file {number}");
        for length in 0..upload.len() {
            let error = clean(&upload[..length]).unwrap_err();
            if length >= 24 {
                assert_eq!(error, PhotoError::Damaged, "file {number} cut to {length}");
            }
        }
    }
}

#[test]
fn appended_files_are_dropped() {
    for upload in valid_files() {
        let heic = upload.starts_with(&Heic::default().build()[..12]);
        let polyglot = [&upload, MARKUP].concat();
        match clean(&polyglot) {
            Ok(photo) if !heic => assert_nothing_private(&photo),
            result => assert_eq!((heic, result), (true, Err(PhotoError::Damaged))),
        }
    }
}

#[test]
fn other_files_are_not_images() {
    for upload in [
        b"".as_slice(),
        b"\xFF\xD8",
        b"just some text that is long enough to be looked at",
        b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xFF\xFF\xFF!\xF9\x04\x01\0\0\0\0,",
        b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>",
        b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n",
        b"PK\x03\x04\x14\0\0\0\x08\0",
        b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0",
        b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0",
        b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2",
    ] {
        let text = String::from_utf8_lossy(upload);
        assert_eq!(clean(upload), Err(PhotoError::NotAnImage), "{text:?}");
    }
}

#[test]
fn errors_say_what_is_wrong() {
    let error: &dyn std::error::Error = &PhotoError::TooManyPixels;
    assert_eq!(error.to_string(), "the image has too many pixels");
}

/// Whatever comes, it is refused or becomes a photo of a size that was allowed.
fn check_anything(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(photo) = clean(bytes) {
        prop_assert!(photo.width > 0 && photo.height > 0);
        prop_assert!(photo.width <= 16_384 && photo.height <= 16_384);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(128)
    })]

    #[test]
    fn noise_is_survived(
        start in prop::sample::select(vec![
            b"".to_vec(),
            b"\xFF\xD8\xFF\xC0\0\x11".to_vec(),
            b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR".to_vec(),
            b"RIFF\xF0\0\0\0WEBPVP8L".to_vec(),
            b"\0\0\0\x10ftypheic\0\0\0\0\0\0\0\xF0meta\0\0\0\0".to_vec(),
        ]),
        noise in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        check_anything(&[start, noise].concat())?;
    }

    #[test]
    fn altered_files_are_survived(
        mut file in prop::sample::select(valid_files()),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        appended in prop::collection::vec(any::<u8>(), 0..8),
    ) {
        for (at, value) in edits {
            let at = at.index(file.len());
            file[at] = value;
        }
        file.extend(appended);
        check_anything(&file)?;
    }

    #[test]
    fn altered_heic_structures_are_survived(
        at in any::<prop::sample::Index>(),
        value in prop::sample::select(vec![0, 1, 2, 0x7FFF_FFFF, 0xFFFF_FFFF_u32]),
        iloc_version in 0..4_u8,
    ) {
        let mut file = Heic { iloc_version, ..Heic::default() }.build();
        let at = at.index(file.len() - 4);
        file[at..at + 4].copy_from_slice(&value.to_be_bytes());
        check_anything(&file)?;
    }
}
