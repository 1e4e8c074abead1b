//! Uploaded photos come out with nothing in them but the picture. All inputs are made here.

use std::io::Cursor;
use std::time::{Duration, Instant};

use image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgb, RgbImage, Rgba, RgbaImage};
use proptest::prelude::*;
use yijian::attachments::photo::{Photo, PhotoError, clean};

/// Each stands in the inputs where a real file has such a note.
const GPS: &[u8] = b"GPS 31.2304N 121.4737E";
const XMP: &[u8] = b"<x:xmpmeta>taken at home</x:xmpmeta>";
const COMMENT: &[u8] = b"comment: do not show this";
const MARKUP: &[u8] = b"<html><script>alert(1)</script>PK\x03\x04";

const RED: [u8; 3] = [250, 0, 0];

/// A lossy WebP of 32 by 16 pixels, red on the left and blue on the right.
const LOSSY_WEBP: [u8; 86] = *b"RIFF\x4e\0\0\0WEBPVP8 \x42\0\0\0\x90\x03\0\x9d\x01\x2a\x20\0\x10\0\
    \x3f\x11\x76\xb2\x51\x2c\x27\x24\xa2\xb0\x08\x01\x80\x22\x09\x68\0\x9d\x32\x84\x70\x37\xa0\0\
    \x82\x8e\0\0\xfe\xe5\xfa\x24\xc5\xe3\x27\xfe\xdd\x5d\x7a\xd7\xfe\x59\xbf\xab\x43\xf3\x80\xfe\
    \x65\xbf\x71\x18\x7e\x24\xc0\0";

// What is looked for in the results.

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

#[track_caller]
fn assert_nothing_private(photo: &Photo) {
    let notes = [GPS, XMP, COMMENT, MARKUP, b"Exif\0\0II", b"<script>"];
    for needle in notes {
        let text = String::from_utf8_lossy(needle);
        assert!(!contains(&photo.bytes, needle), "{text:?} is still there");
    }
}

/// Opens a cleaned photo and checks that it is what it says it is.
#[track_caller]
fn open(photo: &Photo) -> RgbaImage {
    let format = image::guess_format(&photo.bytes).unwrap();
    assert_eq!(format.to_mime_type(), photo.content_type);
    let image = image::load_from_memory(&photo.bytes).unwrap();
    assert_eq!((image.width(), image.height()), (photo.width, photo.height));
    image.into_rgba8()
}

/// Lossy formats change colours a little.
#[track_caller]
fn assert_close(found: Rgba<u8>, wanted: [u8; 3]) {
    let near = found.0.iter().zip(wanted).all(|(&a, b)| a.abs_diff(b) < 24);
    assert!(near, "{found:?} is not close to {wanted:?}");
}

// How the inputs are made.

/// A grey picture whose top left corner is red.
fn marked(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| Rgb(if x < 16 && y < 16 { RED } else { [128; 3] }))
}

fn encode(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    image.into().write_to(&mut out, format).unwrap();
    out.into_inner()
}

fn with(bytes: &[u8], at: usize, inserted: &[u8]) -> Vec<u8> {
    [&bytes[..at], inserted, &bytes[at..]].concat()
}

/// A TIFF structure as in EXIF: the orientation, and a text with the place.
fn exif(orientation: u8) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0\x02\0".to_vec();
    tiff.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]);
    tiff.extend([0x0E, 0x01, 2, 0, GPS.len().try_into().unwrap()]);
    tiff.extend([0, 0, 0, 38, 0, 0, 0, 0, 0, 0, 0]);
    tiff.extend(GPS);
    tiff
}

fn segment(marker: u8, body: &[&[u8]]) -> Vec<u8> {
    let body = body.concat();
    let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
    [&[0xFF, marker], &length[..], &body].concat()
}

fn private_jpeg(orientation: u8) -> Vec<u8> {
    let notes = [
        segment(0xE1, &[b"Exif\0\0", &exif(orientation)]),
        segment(0xE1, &[b"http://ns.adobe.com/xap/1.0/\0", XMP]),
        segment(0xED, &[b"Photoshop 3.0\0", COMMENT]),
        segment(0xFE, &[COMMENT]),
    ];
    with(&encode(marked(64, 48), ImageFormat::Jpeg), 2, &notes.concat())
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()))
    })
}

fn png_chunk(kind: [u8; 4], body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    let named = [&kind, body].concat();
    [&length[..], &named, &crc32(&named).to_be_bytes()].concat()
}

/// Where the first chunk of a PNG ends.
const AFTER_IHDR: usize = 33;

fn private_png(orientation: u8) -> Vec<u8> {
    let notes = [
        png_chunk(*b"eXIf", &exif(orientation)),
        png_chunk(*b"tEXt", &[b"Comment\0", COMMENT].concat()),
        png_chunk(*b"iTXt", &[b"XML:com.adobe.xmp\0\0\0\0\0", XMP].concat()),
        png_chunk(*b"prVt", MARKUP),
    ];
    let png = encode(marked(64, 48), ImageFormat::Png);
    with(&png, AFTER_IHDR, &notes.concat())
}

fn webp_chunk(kind: [u8; 4], body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_le_bytes();
    let fill = &[0][..body.len() % 2];
    [&kind, &length[..], body, fill].concat()
}

/// A WebP whose first chunk announces the others.
fn extended_webp(flags: u8, (width, height): (u32, u32), chunks: &[u8]) -> Vec<u8> {
    let mut canvas = vec![flags, 0, 0, 0];
    canvas.extend(&(width - 1).to_le_bytes()[..3]);
    canvas.extend(&(height - 1).to_le_bytes()[..3]);
    let body = [b"WEBP", &webp_chunk(*b"VP8X", &canvas)[..], chunks].concat();
    webp_chunk(*b"RIFF", &body)
}

fn private_webp(image: impl Into<DynamicImage>, orientation: u8) -> Vec<u8> {
    let image = image.into();
    let size = (image.width(), image.height());
    let alpha = if image.color().has_alpha() { 0x10 } else { 0 };
    let plain = encode(image, ImageFormat::WebP);
    let notes = [webp_chunk(*b"EXIF", &exif(orientation)), webp_chunk(*b"XMP ", XMP), webp_chunk(*b"prVt", COMMENT)];
    extended_webp(0x0C | alpha, size, &with(&notes.concat(), 0, &plain[12..]))
}

/// What the pieces of the HEIC below hold. The coded picture need not be one: nobody decodes it.
const CODED: &[u8] = b"coded picture that has to stay";
const TILE: &[u8] = b"layout of the tiles";
const HIDDEN: &[u8] = b"bytes that belong to no item";
const CREATOR: &[u8] = b"Handler of Mr Wang";

fn heif_box(kind: [u8; 4], body: &[&[u8]]) -> Vec<u8> {
    let body = body.concat();
    let size = u32::try_from(body.len() + 8).unwrap().to_be_bytes();
    [&size, &kind, &body[..]].concat()
}

/// How a HEIC may differ from a usual one.
#[derive(Clone)]
struct Heic {
    iloc_version: u8,
    size: (u32, u32),
    /// The part of `mdat`, by offset and length, that is said to be the EXIF.
    exif_at: Option<(usize, usize)>,
    exif_method: u16,
    top_level: Vec<u8>,
}

impl Default for Heic {
    fn default() -> Self {
        Self {
            iloc_version: 1,
            size: (4032, 3024),
            exif_at: Some((CODED.len() + HIDDEN.len(), exif(6).len())),
            exif_method: 0,
            top_level: heif_box(*b"uuid", &[COMMENT]),
        }
    }
}

impl Heic {
    fn build(&self) -> Vec<u8> {
        let brands = heif_box(*b"ftyp", &[b"heic\0\0\0\0mif1heic"]);
        // Where things lie depends on how long the list is that tells it.
        let length = brands.len() + self.meta(0).len() + self.top_level.len() + 8;
        let mdat = heif_box(*b"mdat", &[CODED, HIDDEN, &exif(6), HIDDEN, XMP]);
        [&brands, &self.meta(length)[..], &self.top_level, &mdat].concat()
    }

    fn meta(&self, media: usize) -> Vec<u8> {
        let (width, height) = self.size;
        let (width, height) = (width.to_be_bytes(), height.to_be_bytes());
        let info =
            |id: u8, kind: [u8; 4], name: &[u8]| heif_box(*b"infe", &[&[2, 0, 0, 0, 0, id, 0, 0], &kind, name, b"\0"]);
        let infos = [
            info(1, *b"hvc1", CREATOR),
            info(2, *b"Exif", b""),
            info(3, *b"mime", b"\0application/rdf+xml"),
            info(4, *b"grid", b""),
        ];
        let properties = [
            heif_box(*b"udes", &[COMMENT]),
            heif_box(*b"ispe", &[&[0; 4], &width, &height]),
            heif_box(*b"irot", &[&[3]]),
        ];
        // The grid is the primary item, with the second and the third property.
        let associations = [0, 0, 0, 0, 0, 0, 0, 1, 0, 4, 2, 0x82, 0x83];
        heif_box(
            *b"meta",
            &[
                &[0; 4],
                &heif_box(*b"hdlr", &[&[0; 8], b"pict", &[0; 12], CREATOR, b"\0"]),
                &heif_box(*b"pitm", &[&[0, 0, 0, 0, 0, 4]]),
                &heif_box(*b"iinf", &[&[0, 0, 0, 0, 0, 4], &infos.concat()]),
                &heif_box(*b"xml ", &[&[0; 4], XMP]),
                &heif_box(
                    *b"iprp",
                    &[&heif_box(*b"ipco", &[&properties.concat()]), &heif_box(*b"ipma", &[&associations])],
                ),
                &heif_box(*b"idat", &[TILE, HIDDEN, XMP]),
                &heif_box(*b"iloc", &[&self.places(media)]),
            ],
        )
    }

    /// The body of `iloc`. Its oldest version knows no `idat`; there both lie in `mdat`.
    fn places(&self, media: usize) -> Vec<u8> {
        let inline = u16::from(self.iloc_version > 0);
        let xmp_in_media = CODED.len() + HIDDEN.len() * 2 + exif(6).len();
        let (grid_at, xmp_at) = match inline {
            0 => (media, media + xmp_in_media),
            _ => (0, TILE.len() + HIDDEN.len()),
        };
        let mut items =
            vec![(1, 0, media, CODED.len()), (3, inline, xmp_at, XMP.len()), (4, inline, grid_at, TILE.len())];
        if let Some((at, length)) = self.exif_at {
            items.push((2, self.exif_method, media.saturating_add(at), length));
        }
        let wide = self.iloc_version == 2;
        let number = |value: usize, wide: bool| {
            let bytes = u32::try_from(value).unwrap_or(u32::MAX).to_be_bytes();
            bytes[if wide { 0 } else { 2 }..].to_vec()
        };
        // Offsets and lengths of four bytes, no base and no index.
        let mut body = vec![self.iloc_version, 0, 0, 0, 0x44, 0];
        body.extend(number(items.len(), wide));
        for (id, method, at, length) in items {
            body.extend(number(id, wide));
            if self.iloc_version > 0 {
                body.extend(method.to_be_bytes());
            }
            body.extend([0, 0, 0, 1]);
            body.extend(number(at, true));
            body.extend(number(length, true));
        }
        body
    }
}

/// A valid PNG of one bit a pixel, all black, which packs some ten thousand pixels into a byte.
fn black_png(width: u32, height: u32) -> Vec<u8> {
    let length = u64::from(width.div_ceil(8) + 1) * u64::from(height);
    let mut packed = vec![0x78, 0x01];
    let (mut bits, mut held) = (0_u64, 0);
    let mut push = |value: u64, count: u32| {
        bits |= value << held;
        held += count;
        while held >= 8 {
            packed.push(u8::try_from(bits & 0xFF).unwrap());
            bits >>= 8;
            held -= 8;
        }
    };
    push(0b011, 3); // The last block, with the codes that every decoder knows.
    let (runs, single) = ((length - 1) / 258, (length - 1) % 258 + 1);
    (0..single).for_each(|_| push(0b0000_1100, 8)); // A zero.
    (0..runs).for_each(|_| push(0b1010_0011, 13)); // The byte before, 258 times.
    push(0, 15); // The end, and bits to fill up the last byte.
    let checksum = u32::try_from(length % 65_521).unwrap() << 16 | 1;
    packed.extend(checksum.to_be_bytes());

    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[1, 0, 0, 0, 0]];
    let chunks = [png_chunk(*b"IHDR", &header.concat()), png_chunk(*b"IDAT", &packed), png_chunk(*b"IEND", b"")];
    [b"\x89PNG\r\n\x1A\n", &chunks.concat()[..]].concat()
}

/// Lets a JPEG claim another size and kind, in its frame header.
fn reframed_jpeg(kind: u8, (width, height): (u16, u16)) -> Vec<u8> {
    let mut jpeg = encode(marked(64, 48), ImageFormat::Jpeg);
    let at = jpeg.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    jpeg[at + 1] = kind;
    jpeg[at + 5..at + 7].copy_from_slice(&height.to_be_bytes());
    jpeg[at + 7..at + 9].copy_from_slice(&width.to_be_bytes());
    jpeg
}

/// One valid file of each kind, with notes in it.
fn valid_files() -> Vec<Vec<u8>> {
    vec![private_jpeg(6), private_png(6), private_webp(marked(64, 48), 6), LOSSY_WEBP.to_vec(), Heic::default().build()]
}

// JPEG

#[test]
fn jpeg_loses_its_notes_and_is_turned() {
    let upload = private_jpeg(6);
    assert!(contains(&upload, GPS) && contains(&upload, XMP));
    let photo = clean(&upload).unwrap();
    assert_eq!(photo.content_type, "image/jpeg");
    assert_nothing_private(&photo);
    let image = open(&photo);
    assert_eq!(image.dimensions(), (48, 64));
    assert_close(*image.get_pixel(43, 4), RED);
    assert_close(*image.get_pixel(4, 4), [128; 3]);
}

#[test]
fn jpeg_consists_of_picture_segments_alone() {
    let photo = clean(&private_jpeg(1)).unwrap();
    let mut kinds = Vec::new();
    let mut at = 2;
    loop {
        kinds.push(photo.bytes[at + 1]);
        if kinds.last() == Some(&0xDA) {
            break;
        }
        at += 2 + usize::from(u16::from_be_bytes([photo.bytes[at + 2], photo.bytes[at + 3]]));
    }
    assert!(kinds.iter().all(|kind| [0xC0, 0xC4, 0xDA, 0xDB, 0xE0].contains(kind)));
    assert_eq!(photo.bytes[photo.bytes.len() - 2..], [0xFF, 0xD9]);
}

#[test]
fn every_orientation_is_applied() {
    let corners = [(4, 4), (59, 4), (59, 43), (4, 43), (4, 4), (43, 4), (43, 59), (4, 59)];
    for (orientation, (x, y)) in (1..).zip(corners) {
        for upload in [private_jpeg(orientation), private_png(orientation), private_webp(marked(64, 48), orientation)] {
            let image = open(&clean(&upload).unwrap());
            let turned = orientation > 4;
            assert_eq!(image.dimensions(), if turned { (48, 64) } else { (64, 48) });
            assert_close(*image.get_pixel(x, y), RED);
        }
    }
}

#[test]
fn grey_jpeg_stays_grey() {
    let upload = encode(GrayImage::from_pixel(20, 10, Luma([90])), ImageFormat::Jpeg);
    let photo = clean(&upload).unwrap();
    let image = image::load_from_memory(&photo.bytes).unwrap();
    assert_eq!(image.color(), image::ColorType::L8);
}

#[test]
fn jpeg_with_padded_markers_is_read() {
    let upload = with(&private_jpeg(1), 2, &[0xFF, 0xFF, 0xFF]);
    assert!(clean(&upload).is_ok());
}

#[test]
fn jpeg_with_a_flood_of_notes_is_refused_at_once() {
    let note: &[&[u8]] = &[
        b"http://ns.adobe.com/xmp/extension/\0",
        b"0123456789ABCDEF0123456789ABCDEF",
        &[0, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0],
    ];
    let notes = segment(0xE1, note).repeat(100_000);
    let upload = with(&encode(marked(64, 48), ImageFormat::Jpeg), 2, &notes);
    let started = Instant::now();
    assert_eq!(clean(&upload), Err(PhotoError::Damaged));
    assert!(started.elapsed() < Duration::from_secs(2));
}

// PNG

#[test]
fn png_loses_its_notes_and_is_turned() {
    let upload = private_png(6);
    assert!(contains(&upload, GPS) && contains(&upload, XMP));
    let photo = clean(&upload).unwrap();
    assert_eq!(photo.content_type, "image/png");
    assert_nothing_private(&photo);
    let image = open(&photo);
    assert_eq!(image.dimensions(), (48, 64));
    assert_eq!(image.get_pixel(47, 0), &Rgba([250, 0, 0, 255]));

    let mut at = 8;
    while at < photo.bytes.len() {
        let length = photo.bytes[at..at + 4].try_into().unwrap();
        let kind = &photo.bytes[at + 4..at + 8];
        assert!([b"IHDR", b"IDAT", b"IEND"].iter().any(|known| *known == kind));
        at += 12 + usize::try_from(u32::from_be_bytes(length)).unwrap();
    }
}

#[test]
fn png_keeps_its_transparency() {
    let glass = RgbaImage::from_pixel(30, 20, Rgba([10, 20, 30, 40]));
    let photo = clean(&encode(glass.clone(), ImageFormat::Png)).unwrap();
    assert_eq!(open(&photo), glass);
}

#[test]
fn deep_png_becomes_an_ordinary_one() {
    let deep = DynamicImage::from(marked(30, 20)).into_rgba16();
    let photo = clean(&encode(deep, ImageFormat::Png)).unwrap();
    let image = image::load_from_memory(&photo.bytes).unwrap();
    assert_eq!(image.color(), image::ColorType::Rgba8);
    assert_eq!(image.into_rgb8(), marked(30, 20));
}

#[test]
fn animated_png_becomes_its_first_frame() {
    let first = encode(marked(64, 48), ImageFormat::Png);
    let second = encode(RgbImage::new(64, 48), ImageFormat::Png);
    let control = |number: u8| {
        let size = [0, 0, 0, 64, 0, 0, 0, 48];
        let rest = [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 10, 0, 0];
        png_chunk(*b"fcTL", &[&[0, 0, 0, number][..], &size, &rest].concat())
    };
    let pixels = &second[AFTER_IHDR + 8..second.len() - 16];
    let later = [control(1), png_chunk(*b"fdAT", &[&[0, 0, 0, 2], pixels].concat())];
    let upload = with(&first, first.len() - 12, &later.concat());
    let start = [png_chunk(*b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0]), control(0)];
    let upload = with(&upload, AFTER_IHDR, &start.concat());

    let photo = clean(&upload).unwrap();
    assert!(!contains(&photo.bytes, b"fcTL"));
    assert_eq!(DynamicImage::from(open(&photo)).into_rgb8(), marked(64, 48));
}

// WebP

#[test]
fn webp_becomes_a_jpeg_without_notes() {
    let upload = private_webp(marked(64, 48), 6);
    assert!(contains(&upload, GPS) && contains(&upload, XMP));
    let photo = clean(&upload).unwrap();
    assert_eq!(photo.content_type, "image/jpeg");
    assert_nothing_private(&photo);
    let image = open(&photo);
    assert_eq!(image.dimensions(), (48, 64));
    assert_close(*image.get_pixel(43, 4), RED);
}

#[test]
fn lossy_webp_becomes_a_jpeg() {
    let image = open(&clean(&LOSSY_WEBP).unwrap());
    assert_eq!(image.dimensions(), (32, 16));
    assert_close(*image.get_pixel(4, 8), [200, 30, 30]);
    assert_close(*image.get_pixel(28, 8), [20, 40, 220]);
}

#[test]
fn transparent_webp_is_put_on_white() {
    let half = RgbaImage::from_fn(64, 32, |x, _| Rgba(if x < 32 { [0, 0, 0, 0] } else { [0, 0, 0, 128] }));
    let image = open(&clean(&private_webp(half, 1)).unwrap());
    assert_close(*image.get_pixel(8, 8), [255; 3]);
    assert_close(*image.get_pixel(56, 8), [127; 3]);
}

#[test]
fn animated_webp_becomes_its_first_frame() {
    let frame = |image: RgbImage| {
        let place = [0, 0, 0, 0, 0, 0, 63, 0, 0, 47, 0, 0, 100, 0, 0, 0];
        let plain = encode(image, ImageFormat::WebP);
        webp_chunk(*b"ANMF", &[&place, &plain[12..]].concat())
    };
    let chunks = [webp_chunk(*b"ANIM", &[0; 6]), frame(marked(64, 48)), frame(RgbImage::new(64, 48))];
    let upload = extended_webp(0x02, (64, 48), &chunks.concat());
    let image = open(&clean(&upload).unwrap());
    assert_close(*image.get_pixel(4, 4), RED);
    assert_close(*image.get_pixel(40, 40), [128; 3]);
}

// HEIC

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

// Too large

#[test]
fn photos_are_scaled_down() {
    for (from, to) in
        [((3000, 100), (2560, 85)), ((100, 3000), (85, 2560)), ((16_384, 1), (2560, 1)), ((2560, 40), (2560, 40))]
    {
        for format in [ImageFormat::Jpeg, ImageFormat::Png] {
            let upload = encode(marked(from.0, from.1), format);
            let image = open(&clean(&upload).unwrap());
            assert_eq!(image.dimensions(), to);
            assert_close(*image.get_pixel(0, 0), RED);
        }
    }
}

#[test]
fn pixel_bombs_are_refused_at_once() {
    let mut claim = private_png(1);
    claim[16..24].copy_from_slice(&[0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60]);
    let checksum = crc32(&claim[12..29]).to_be_bytes();
    claim[29..AFTER_IHDR].copy_from_slice(&checksum);
    let mut inner = LOSSY_WEBP.to_vec();
    inner[26..30].copy_from_slice(&[0xFF, 0x3F, 0xFF, 0x3F]);
    let bombs = [
        claim,
        black_png(30_000, 30_000),
        black_png(16_000, 16_000),
        reframed_jpeg(0xC0, (60_000, 60_000)),
        reframed_jpeg(0xC0, (8_000, 8_000)),
        // Progressive: within the pixels, but not within the memory.
        reframed_jpeg(0xC2, (8_000, 6_000)),
        extended_webp(0, (16_384, 16_384), &LOSSY_WEBP[12..]),
        // The canvas is small, the picture on it claims to be huge.
        extended_webp(0, (32, 16), &inner[12..]),
        Heic { size: (20_000, 10), ..Heic::default() }.build(),
        Heic { size: (10_000, 10_000), ..Heic::default() }.build(),
    ];
    for (number, bomb) in bombs.iter().enumerate() {
        assert!(bomb.len() < 10 * 1024 * 1024);
        let started = Instant::now();
        assert_eq!(clean(bomb), Err(PhotoError::TooManyPixels), "bomb {number}");
        assert!(started.elapsed() < Duration::from_secs(1), "bomb {number}");
    }
    // The bombs are refused for their size, not for how they are made.
    let image = open(&clean(&black_png(640, 480)).unwrap());
    assert!(image.pixels().all(|pixel| pixel == &Rgba([0, 0, 0, 255])));
}

#[test]
fn sizes_of_nothing_are_damage() {
    let heic = Heic { size: (0, 10), ..Heic::default() };
    assert_eq!(clean(&heic.build()), Err(PhotoError::Damaged));
    assert_eq!(clean(&reframed_jpeg(0xC0, (64, 0))), Err(PhotoError::Damaged));
}

// Not what it seems

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
