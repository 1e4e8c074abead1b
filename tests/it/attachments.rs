//! Photos: taking them in, showing them by signed links, putting them to use, and sweeping up.

use jiff::SignedDuration;
use reqwest::Method;
use serde_json::json;

use crate::both;
use crate::photo::black_png;
use crate::support::{Client, Reply, TestApp, png};

const MIB: usize = 1024 * 1024;

/// One part of a form.
fn part(name: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!(
        "--b\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n"
    );
    [head.as_bytes(), bytes, b"\r\n"].concat()
}

async fn send(client: &Client, content_type: Option<&str>, key: Option<&str>, body: Vec<u8>) -> Reply {
    let mut request = client.request(Method::POST, "/api/v1/attachments");
    for (name, value) in [("Content-Type", content_type), ("Idempotency-Key", key)] {
        if let Some(value) = value {
            request = request.header(name, value);
        }
    }
    client.send(request.body(body)).await
}

const FORM: Option<&str> = Some("multipart/form-data; boundary=b");

async fn form(client: &Client, parts: &[Vec<u8>]) -> Reply {
    send(client, FORM, None, [parts.concat(), b"--b--\r\n".to_vec()].concat()).await
}

/// Another photo than [`png`].
fn other_png() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(5, 5, image::Rgb([1, 2, 3]))
        .write_to(&mut bytes, image::ImageFormat::Png)
        .expect("a photo");
    bytes.into_inner()
}

fn url(photo: &Reply) -> String {
    photo.json["url"].as_str().expect("a link").to_owned()
}

fn wait(t: &TestApp, seconds: i64) {
    t.app.clock.advance(SignedDuration::from_secs(seconds)).expect("a clock moved by hand");
}

/// How many files the photo store holds.
fn files(t: &TestApp) -> usize {
    std::fs::read_dir(t.folder.join("photos")).expect("a folder").count()
}

both! {
    async fn a_photo_is_shown_by_its_link(t: TestApp) {
        let lin = t.shopper("xiaolin").await;
        let photo = lin.upload(png()).await;
        assert_eq!((&photo.is(201).json["width"], &photo.json["height"]), (&json!(12), &json!(8)));
        let shown = t.anyone().get(&url(&photo)).await;
        assert_eq!(shown.is(200).header("content-type"), photo.json["content_type"].as_str());
        assert_eq!(json!(shown.body.len()), photo.json["size_bytes"]);
        assert_eq!(shown.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(shown.header("content-security-policy"), Some("default-src 'none'"));
        assert_eq!(shown.header("content-disposition"), Some("inline"));
        assert_eq!(shown.header("cache-control"), Some("private, max-age=900"));
        let pixels = image::load_from_memory(&shown.body).expect("a photo");
        assert_eq!((pixels.width(), pixels.height()), (12, 8));
    }

    async fn links_work_for_a_quarter_of_an_hour(t: TestApp) {
        let lin = t.shopper("xiaolin").await;
        let photo = lin.upload(png()).await;
        wait(&t, 899);
        t.anyone().get(&url(&photo)).await.is(200);
        let fresh = lin.get(&format!("/api/v1/attachments/{}", photo.id())).await;
        assert_eq!(fresh.is(200).id(), photo.id());
        wait(&t, 1);
        t.anyone().get(&url(&photo)).await.refused(404, "attachment_link_invalid");
        t.anyone().get(&url(&fresh)).await.is(200);
    }

    async fn changed_links_show_nothing(t: TestApp) {
        let lin = t.shopper("xiaolin").await;
        let (photo, other) = (lin.upload(png()).await, lin.upload(other_png()).await);
        let link = url(&photo);
        let (path, query) = link.split_once('?').expect("a query");
        let (expires, signature) = query.split_once("&signature=").expect("a signature");
        let expires: i64 = expires.trim_start_matches("expires=").parse().expect("a number");
        let link = |id: &str, expires: i64, signature: &str| {
            format!("/api/v1/attachments/{id}/content?expires={expires}&signature={signature}")
        };
        t.anyone().get(&link(&photo.id(), expires, signature)).await.is(200);
        let mut flipped = signature.to_owned();
        let first = flipped.remove(0);
        flipped.insert(0, if first == 'A' { 'B' } else { 'A' });
        let changed = [
            link(&photo.id(), expires + 1, signature),
            link(&photo.id(), i64::MAX, signature),
            link(&other.id(), expires, signature),
            link(&photo.id(), expires, &flipped),
            link(&photo.id(), expires, ""),
            link(&photo.id(), expires, &signature[1..]),
            link("0198c0de-0000-7000-8000-000000000001", expires, signature),
        ];
        for link in &changed {
            t.anyone().get(link).await.refused(404, "attachment_link_invalid");
        }
        t.anyone().get(path).await.refused_field("?expires", "field_missing");
        t.anyone().get(&format!("{path}?expires={expires}")).await.refused_field("?signature", "field_missing");
        t.anyone().get(&format!("{path}?expires=soon&signature=x")).await.refused_field("?expires", "value_malformed");
        // Being the uploader is no substitute for the signature.
        lin.get(&link(&photo.id(), expires, &flipped)).await.refused(404, "attachment_link_invalid");
    }

    async fn uploads_are_ones_own(t: TestApp) {
        let (lin, chen) = (t.shopper("xiaolin").await, t.shopper("laochen").await);
        let photo = lin.upload(png()).await;
        let path = format!("/api/v1/attachments/{}", photo.id());
        lin.get(&path).await.is(200);
        chen.get(&path).await.refused(404, "attachment_not_found");
        t.staff("mei").await.get(&path).await.refused(404, "attachment_not_found");
        t.anyone().get(&path).await.refused(401, "token_missing");
        t.anyone().upload(png()).await.refused(401, "token_missing");
        assert_eq!(files(&t), 1);
    }

    async fn only_photos_are_taken(t: TestApp) {
        let lin = t.shopper("xiaolin").await;
        lin.upload(b"<html><script>alert(1)</script></html>".to_vec()).await.refused(422, "photo_not_an_image");
        lin.upload(b"GIF89a\x01\x00\x01\x00\x00\x00\x00;".to_vec()).await.refused(422, "photo_not_an_image");
        lin.upload(Vec::new()).await.refused(422, "photo_not_an_image");
        let mut half = png();
        half.truncate(half.len() / 2);
        lin.upload(half).await.refused(422, "photo_damaged");
        lin.upload(black_png(30_000, 30_000)).await.refused(422, "photo_too_many_pixels");
        assert_eq!(files(&t), 0);
    }

    async fn photos_that_cannot_be_kept_or_found_are_asked_for_again(t: TestApp) {
        let lin = t.shopper("xiaolin").await;
        let photo = lin.upload(png()).await;
        let (store, aside) = (t.folder.join("photos"), t.folder.join("aside"));
        std::fs::rename(&store, &aside).expect("taken away");
        std::fs::write(&store, "no folder").expect("a file");
        let once = |key: &'static str| send(&lin, FORM, Some(key), [part("file", &png()), b"--b--\r\n".to_vec()].concat());
        once("tap").await.is_away("photo_store_unavailable", 5);
        t.anyone().get(&url(&photo)).await.is_away("photo_store_unavailable", 5);
        std::fs::remove_file(&store).expect("taken away");
        std::fs::rename(&aside, &store).expect("brought back");
        t.anyone().get(&url(&photo)).await.is(200);
        // Nothing of the first attempt is left, and the same request may come again.
        assert_eq!(once("tap").await.is(201).header("idempotency-replayed"), None);
        assert_eq!(files(&t), 2);
    }

    async fn files_beyond_ten_mebibytes_are_refused(t: TestApp) {
        let lin = t.shopper("xiaolin").await;
        lin.upload(vec![0; 11 * MIB]).await.refused(413, "photo_too_large");
        lin.upload(vec![0; 10 * MIB + 1]).await.refused(413, "photo_too_large");
        // At the limit the size is no reason any more.
        lin.upload(vec![0; 10 * MIB]).await.refused(422, "photo_not_an_image");
    }

    async fn a_form_has_one_file(t: TestApp) {
        let lin = t.shopper("xiaolin").await;
        form(&lin, &[part("file", &png())]).await.is(201);
        form(&lin, &[part("file", &png()), part("file", &other_png())]).await.refused_field("/file", "form_takes_one_file");
        form(&lin, &[part("file", &png()), part("note", b"x")]).await.refused_field("/file", "form_takes_one_file");
        form(&lin, &[part("photo", &png())]).await.refused_field("/file", "form_takes_one_file");
        assert_eq!(files(&t), 1);
    }

    async fn broken_forms_are_refused(t: TestApp) {
        let lin = t.shopper("xiaolin").await;
        for content_type in [None, Some("image/png"), Some("application/json"), Some("一键")] {
            send(&lin, content_type, None, png()).await.refused(415, "form_needed");
        }
        let whole = [part("file", &png()), b"--b--\r\n".to_vec()].concat();
        send(&lin, Some("multipart/form-data"), None, whole.clone()).await.refused(400, "form_malformed");
        let cut = part("file", &png());
        let headless = [b"--b\r\n\r\n".as_slice(), &png(), b"\r\n--b--\r\n"].concat();
        for body in [Vec::new(), b"garbage".to_vec(), cut[..cut.len() - 10].to_vec(), headless] {
            send(&lin, FORM, None, body).await.refused(400, "form_malformed");
        }
        send(&lin, Some("multipart/form-data; boundary=other"), None, whole).await.refused(400, "form_malformed");
        assert_eq!(files(&t), 0);
        let stray = lin.request(Method::POST, "/api/v1/attachments?kind=photo").body(Vec::new());
        lin.send(stray).await.refused_field("?kind", "field_unknown");
    }

    async fn a_repeated_upload_keeps_one_photo(t: TestApp) {
        let (lin, chen) = (t.shopper("xiaolin").await, t.shopper("laochen").await);
        let body = |bytes: Vec<u8>| [part("file", &bytes), b"--b--\r\n".to_vec()].concat();
        let first = send(&lin, FORM, Some("tap-1"), body(png())).await;
        assert_eq!(first.is(201).header("idempotency-replayed"), None);
        let again = send(&lin, FORM, Some("tap-1"), body(png())).await;
        assert_eq!((again.is(201).header("idempotency-replayed"), again.id()), (Some("true"), first.id()));
        assert_eq!(files(&t), 1);
        send(&lin, FORM, Some("tap-1"), body(other_png())).await.refused(422, "idempotency_key_reused");
        assert_eq!(files(&t), 1);
        let theirs = send(&chen, FORM, Some("tap-1"), body(png())).await;
        assert_ne!(theirs.is(201).id(), first.id());
        send(&lin, FORM, Some("two words"), body(png())).await.refused(400, "idempotency_key_malformed");
        assert_eq!(files(&t), 2);
        t.anyone().get(&url(&first)).await.is(200);
    }

    async fn a_report_takes_only_unused_photos_of_ones_own(t: TestApp) {
        let (lin, chen) = (t.shopper("xiaolin").await, t.shopper("laochen").await);
        let (mine, spare, theirs) = (lin.upload(png()).await.id(), lin.upload(png()).await.id(), chen.upload(png()).await.id());
        let report = async |ids: &[&str]| {
            let body = json!({ "scene": t.scenes().lamp, "description": "灯不亮", "attachment_ids": ids });
            lin.post("/api/v1/repairs", body).await
        };
        report(&[&mine, &theirs]).await.refused(422, "attachments_unusable");
        report(&[&mine, &mine]).await.refused(422, "attachments_unusable");
        report(&[&mine, "0198c0de-0000-7000-8000-000000000001"]).await.refused(422, "attachments_unusable");
        report(&[&mine, "照片"]).await.refused_field("/attachment_ids/1", "id_malformed");
        report(&[mine.as_str(); 10]).await.refused_field("/attachment_ids", "length_out_of_range");
        assert_eq!(lin.get("/api/v1/tickets").await.json["items"], json!([]));

        // None of the refusals used anything up.
        let filed = report(&[&mine]).await;
        assert_eq!(filed.is(201).json["attachments"][0]["id"], mine);
        report(&[&spare, &mine]).await.refused(422, "attachments_unusable");
        assert_eq!(lin.get("/api/v1/tickets").await.json["items"].as_array().map(Vec::len), Some(1));
        report(&[&spare]).await.is(201);
        let body = json!({ "text": "补一张照片", "attachment_ids": [mine] });
        lin.post(&format!("/api/v1/tickets/{}/reply", filed.id()), body).await.refused(422, "attachments_unusable");
    }

    async fn housekeeping_sweeps_up_what_nobody_used(t: TestApp) {
        let lin = t.shopper("xiaolin").await;
        let (used, unused) = (lin.upload(png()).await, lin.upload(other_png()).await);
        let body = json!({ "scene": t.scenes().lamp, "description": "灯不亮", "attachment_ids": [used.id()] });
        let ticket = lin.post("/api/v1/repairs", body).await.is(201).id();
        t.advance(SignedDuration::from_hours(23)).await;
        let late = t.shopper("xiaolin").await.upload(other_png()).await;
        assert_eq!(files(&t), 3);
        t.advance(SignedDuration::from_hours(2)).await;

        let lin = t.shopper("xiaolin").await;
        lin.get(&format!("/api/v1/attachments/{}", unused.id())).await.refused(404, "attachment_not_found");
        let left = std::fs::read_dir(t.folder.join("photos")).expect("a folder").flatten();
        let mut left: Vec<String> = left.map(|file| file.file_name().to_string_lossy().into_owned()).collect();
        left.sort();
        assert_eq!(left, [used.id(), late.id()]);
        lin.get(&format!("/api/v1/attachments/{}", late.id())).await.is(200);
        let shown = lin.get(&format!("/api/v1/tickets/{ticket}")).await;
        let link = shown.is(200).json["attachments"][0]["url"].as_str().expect("a link").to_owned();
        t.anyone().get(&link).await.is(200);
        let late_report = json!({ "scene": t.scenes().lift, "description": "异响", "attachment_ids": [unused.id()] });
        lin.post("/api/v1/repairs", late_report).await.refused(422, "attachments_unusable");
    }
}
