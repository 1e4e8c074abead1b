//! Uploaded photos come out with nothing in them but the picture. All inputs are made here.

mod broken;
mod heic;
mod jpeg;
mod large;
mod png;
mod webp;

use image::DynamicImage;
use image::ImageFormat;
use image::Rgb;
use image::RgbImage;
use image::Rgba;
use image::RgbaImage;
use std::io::Cursor;
use yijian::attachments::photo::Photo;

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
pub fn black_png(width: u32, height: u32) -> Vec<u8> {
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
