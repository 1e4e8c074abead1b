//! The tables, as both databases have them. A test compares this with a migrated database of each kind.

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    settings (key) {
        key -> Text,
        value -> Text,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    sites (id) {
        id -> Key,
        code -> Text,
        name -> Text,
        time_zone -> Text,
        opens -> Text,
        closes -> Text,
        phone -> Nullable<Text>,
        created_at -> Moment,
        calendar_id -> Nullable<Key>,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    departments (id) {
        id -> Key,
        site_id -> Key,
        code -> Text,
        name -> Text,
        created_at -> Moment,
        calendar_id -> Nullable<Key>,
        lead_id -> Nullable<Key>,
        tightened_since -> Nullable<Moment>,
        version -> Integer,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    categories (id) {
        id -> Key,
        site_id -> Key,
        parent_id -> Nullable<Key>,
        kind -> Text,
        code -> Text,
        name -> Text,
        priority -> Text,
        is_safety -> Bool,
        department_id -> Nullable<Key>,
        position -> Integer,
        follow_up -> Nullable<Text>,
        follow_up_percent -> Nullable<Integer>,
        retired_at -> Nullable<Moment>,
        is_conduct -> Bool,
        version -> Integer,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    locations (id) {
        id -> Key,
        site_id -> Key,
        parent_id -> Nullable<Key>,
        kind -> Text,
        code -> Text,
        name -> Text,
        path -> Text,
        position -> Integer,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    equipment (id) {
        id -> Key,
        site_id -> Key,
        location_id -> Key,
        category_id -> Key,
        kind -> Text,
        code -> Text,
        name -> Text,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    shops (id) {
        id -> Key,
        site_id -> Key,
        location_id -> Key,
        code -> Text,
        name -> Text,
        trade -> Text,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    units (id) {
        id -> Key,
        site_id -> Key,
        location_id -> Key,
        code -> Text,
        name -> Text,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    scan_codes (scene) {
        scene -> Text,
        site_id -> Key,
        location_id -> Key,
        equipment_id -> Nullable<Key>,
        shop_id -> Nullable<Key>,
        retired_at -> Nullable<Moment>,
        station_id -> Nullable<Key>,
        rental_unit_id -> Nullable<Key>,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    users (id) {
        id -> Key,
        username -> Nullable<Text>,
        password_hash -> Nullable<Text>,
        display_name -> Text,
        language -> Text,
        is_admin -> Bool,
        phone_sealed -> Nullable<Binary>,
        phone_index -> Nullable<Binary>,
        phone_masked -> Nullable<Text>,
        disabled_at -> Nullable<Moment>,
        created_at -> Moment,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    wechat_identities (app_id, open_id) {
        app_id -> Text,
        open_id -> Text,
        union_id -> Nullable<Text>,
        user_id -> Key,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    memberships (id) {
        id -> Key,
        user_id -> Key,
        site_id -> Key,
        role -> Text,
        department_id -> Nullable<Key>,
        shop_id -> Nullable<Key>,
        unit_id -> Nullable<Key>,
        created_at -> Moment,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    sessions (id) {
        id -> Key,
        user_id -> Key,
        created_at -> Moment,
        expires_at -> Moment,
        revoked_at -> Nullable<Moment>,
        scopes -> Nullable<Text>,
    }
}

diesel::table! {
    use crate::db::sql::{Key, Moment};
    use diesel::sql_types::{Binary, Nullable, Text};

    api_clients (user_id) {
        user_id -> Key,
        secret_hash -> Binary,
        scopes -> Text,
        rotated_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    refresh_tokens (token_hash) {
        token_hash -> Binary,
        session_id -> Key,
        expires_at -> Moment,
        used_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    login_throttles (name_hash) {
        name_hash -> Binary,
        failures -> Integer,
        blocked_until -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    idempotency_records (caller_id, key) {
        caller_id -> Key,
        key -> Text,
        fingerprint -> Binary,
        status -> Integer,
        version -> Nullable<Integer>,
        body -> Text,
        created_at -> Moment,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    attachments (id) {
        id -> Key,
        uploader_id -> Key,
        content_type -> Text,
        size_bytes -> Integer,
        width -> Integer,
        height -> Integer,
        is_used -> Bool,
        created_at -> Moment,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    tickets (id) {
        id -> Key,
        seq -> BigInt,
        site_id -> Key,
        kind -> Text,
        channel -> Text,
        status -> Text,
        is_open -> Bool,
        priority -> Text,
        severity -> Text,
        category_id -> Nullable<Key>,
        location_id -> Nullable<Key>,
        equipment_id -> Nullable<Key>,
        shop_id -> Nullable<Key>,
        requester_id -> Nullable<Key>,
        requester_role -> Text,
        filed_by_id -> Key,
        contact_name -> Nullable<Text>,
        contact_phone_sealed -> Nullable<Binary>,
        contact_phone_index -> Nullable<Binary>,
        contact_phone_masked -> Nullable<Text>,
        description -> Text,
        department_id -> Nullable<Key>,
        assignee_id -> Nullable<Key>,
        pause_reason -> Nullable<Text>,
        result -> Nullable<Text>,
        rating_score -> Nullable<Integer>,
        bounces -> Integer,
        urges -> Integer,
        followers -> Integer,
        reopens -> Integer,
        version -> Integer,
        accepted_at -> Nullable<Moment>,
        resolved_at -> Nullable<Moment>,
        closed_at -> Nullable<Moment>,
        created_at -> Moment,
        updated_at -> Moment,
        received_at -> Moment,
        photos -> Integer,
        standard_version_id -> Nullable<Key>,
        due_at -> Nullable<Moment>,
        pause_ends_at -> Nullable<Moment>,
        lateness_reason -> Nullable<Text>,
        parent_id -> Nullable<Key>,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    ticket_events (id) {
        id -> Key,
        ticket_id -> Key,
        at -> Moment,
        actor_id -> Nullable<Key>,
        actor_name -> Text,
        actor_role -> Text,
        action -> Text,
        from_status -> Nullable<Text>,
        to_status -> Text,
        reason -> Nullable<Text>,
        text -> Nullable<Text>,
        detail -> Nullable<Document>,
        is_public -> Bool,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    ticket_hops (id) {
        id -> Key,
        ticket_id -> Key,
        kind -> Text,
        from_department_id -> Nullable<Key>,
        to_department_id -> Nullable<Key>,
        actor_id -> Key,
        reason -> Nullable<Text>,
        at -> Moment,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    ticket_followers (ticket_id, user_id) {
        ticket_id -> Key,
        user_id -> Key,
        created_at -> Moment,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    ticket_attachments (ticket_id, attachment_id) {
        ticket_id -> Key,
        attachment_id -> Key,
        event_id -> Key,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    notices (id) {
        id -> Key,
        site_id -> Key,
        kind -> Text,
        recipient_id -> Nullable<Key>,
        recipient_role -> Nullable<Text>,
        department_id -> Nullable<Key>,
        ticket_id -> Nullable<Key>,
        detail -> Nullable<Document>,
        created_at -> Moment,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    jobs (id) {
        id -> Key,
        kind -> Text,
        subject -> Text,
        run_at -> Moment,
        attempts -> Integer,
        leased_until -> Nullable<Moment>,
        last_error -> Nullable<Text>,
        dead_at -> Nullable<Moment>,
        created_at -> Moment,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    calendars (id) {
        id -> Key,
        site_id -> Key,
        name -> Text,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    legal_years (site_id, year) {
        site_id -> Key,
        year -> Integer,
        list -> Document,
        imported_by_id -> Key,
        imported_at -> Moment,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    calendar_versions (id) {
        id -> Key,
        calendar_id -> Key,
        version -> Integer,
        spec -> Document,
        created_by_id -> Nullable<Key>,
        created_at -> Moment,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    standards (id) {
        id -> Key,
        site_id -> Key,
        name -> Text,
        version -> Integer,
        retired_at -> Nullable<Moment>,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    standard_versions (id) {
        id -> Key,
        standard_id -> Key,
        version -> Integer,
        spec -> Document,
        created_by_id -> Nullable<Key>,
        created_at -> Moment,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    standard_reapplications (id) {
        id -> Key,
        site_id -> Key,
        standard_version_id -> Key,
        requested_by_id -> Key,
        reason -> Text,
        changed -> Integer,
        finished_at -> Nullable<Moment>,
        created_at -> Moment,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    clocks (ticket_id, id) {
        ticket_id -> Key,
        id -> Key,
        site_id -> Key,
        kind -> Text,
        hop_id -> Nullable<Key>,
        department_id -> Nullable<Key>,
        standard_version_id -> Key,
        started_at -> Moment,
        born_target_seconds -> Integer,
        born_calendar_version_id -> Nullable<Key>,
        calendar_version_id -> Nullable<Key>,
        target_seconds -> Integer,
        target_version -> Integer,
        phase -> Text,
        used_seconds -> Integer,
        since -> Moment,
        due_at -> Nullable<Moment>,
        is_provisional -> Bool,
        breached_at -> Nullable<Moment>,
        breach_cause -> Nullable<Text>,
        is_excused -> Bool,
        reasons -> Document,
        episode -> Integer,
        alerted_percent -> Integer,
        next_at -> Nullable<Moment>,
        events -> Integer,
        tightened_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    clock_events (ticket_id, id) {
        ticket_id -> Key,
        id -> Key,
        clock_id -> Key,
        at -> Moment,
        kind -> Text,
        reason -> Nullable<Text>,
        target_seconds -> Nullable<Integer>,
        priority -> Nullable<Text>,
        calendar_version_id -> Nullable<Key>,
        actor_id -> Nullable<Key>,
        actor_name -> Text,
        recorded_at -> Moment,
        position -> Integer,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    clock_alerts (ticket_id, clock_id, target_version, percent) {
        ticket_id -> Key,
        clock_id -> Key,
        target_version -> Integer,
        percent -> Integer,
        tell -> Text,
        at -> Moment,
        detected_at -> Moment,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    complaints (ticket_id) {
        ticket_id -> Key,
        site_id -> Key,
        grade -> Text,
        proposed_grade -> Nullable<Text>,
        proposed_because -> Nullable<Document>,
        graded_by_id -> Nullable<Key>,
        graded_at -> Nullable<Moment>,
        occurred_at -> Nullable<Moment>,
        about_department_id -> Nullable<Key>,
        about_staff_id -> Nullable<Key>,
        is_media_risk -> Bool,
        facts -> Nullable<Text>,
        cause -> Nullable<Text>,
        responsibility -> Nullable<Text>,
        measures -> Nullable<Text>,
        investigated_by_id -> Nullable<Key>,
        investigated_at -> Nullable<Moment>,
        offer -> Nullable<Text>,
        offered_at -> Nullable<Moment>,
        is_agreed -> Nullable<Bool>,
        outcome -> Nullable<Text>,
        compensation_fen -> Nullable<BigInt>,
        approved_by_id -> Nullable<Key>,
        concluded_at -> Nullable<Moment>,
        regulator_name -> Nullable<Text>,
        regulator_reference -> Nullable<Text>,
        external_due_at -> Nullable<Moment>,
        is_external_due_provisional -> Bool,
        regulator_received_at -> Nullable<Moment>,
        regulator_working_days -> Nullable<Integer>,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    follow_ups (id) {
        id -> Key,
        ticket_id -> Key,
        site_id -> Key,
        episode -> Integer,
        is_second -> Bool,
        cause -> Text,
        status -> Text,
        due_at -> Moment,
        attempts -> Integer,
        result -> Nullable<Text>,
        attitude -> Nullable<Integer>,
        speed -> Nullable<Integer>,
        solution -> Nullable<Integer>,
        overall -> Nullable<Integer>,
        comment -> Nullable<Text>,
        done_by_id -> Nullable<Key>,
        done_at -> Nullable<Moment>,
        version -> Integer,
        created_at -> Moment,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    follow_up_attempts (id) {
        id -> Key,
        follow_up_id -> Key,
        at -> Moment,
        by_id -> Key,
        by_name -> Text,
        way -> Text,
        is_reached -> Bool,
        note -> Nullable<Text>,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    surveys (token_hash) {
        token_hash -> Binary,
        ticket_id -> Key,
        episode -> Integer,
        issued_by_id -> Key,
        expires_at -> Moment,
        used_at -> Nullable<Moment>,
        created_at -> Moment,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    ticket_repeats (ticket_id, earlier_id) {
        ticket_id -> Key,
        earlier_id -> Key,
        site_id -> Key,
        kind -> Text,
        because -> Text,
        status -> Text,
        decided_by_id -> Nullable<Key>,
        decided_at -> Nullable<Moment>,
        created_at -> Moment,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    retention_profiles (id) {
        id -> Key,
        site_id -> Key,
        version -> Integer,
        rules -> Document,
        reason -> Nullable<Text>,
        created_by_id -> Nullable<Key>,
        created_at -> Moment,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    police_handovers (id) {
        id -> Key,
        seq -> BigInt,
        site_id -> Key,
        station -> Text,
        officer -> Text,
        reference -> Nullable<Text>,
        handed_by_id -> Key,
        handed_by_name -> Text,
        witness_name -> Nullable<Text>,
        items -> Integer,
        created_at -> Moment,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    found_items (id) {
        id -> Key,
        seq -> BigInt,
        site_id -> Key,
        status -> Text,
        category -> Integer,
        colours -> Integer,
        brand -> Nullable<Text>,
        description -> Text,
        value_class -> Text,
        cash_fen -> Nullable<BigInt>,
        found_at -> Moment,
        location_id -> Key,
        place_note -> Nullable<Text>,
        finder_id -> Nullable<Key>,
        finder_name -> Nullable<Text>,
        finder_phone_sealed -> Nullable<Binary>,
        finder_phone_masked -> Nullable<Text>,
        registered_by_id -> Nullable<Key>,
        storage_place -> Nullable<Text>,
        seal_number -> Nullable<Text>,
        owner_id -> Nullable<Key>,
        kept_since -> Nullable<Moment>,
        keep_until -> Nullable<Moment>,
        is_keep_until_provisional -> Bool,
        police_handover_id -> Nullable<Key>,
        wrong_answers -> Integer,
        photos -> Integer,
        custody_entries -> Integer,
        custody_head -> Binary,
        custody_seal -> Binary,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
        ended_at -> Nullable<Moment>,
        forgotten_at -> Nullable<Moment>,
        words_by_desk -> Bool,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    found_marks (id) {
        id -> Key,
        item_id -> Key,
        question -> Text,
        answers_sealed -> Binary,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    found_pages (site_id, category, half_day) {
        site_id -> Key,
        category -> Integer,
        half_day -> Integer,
        prints -> Binary,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    found_photos (item_id, attachment_id) {
        item_id -> Key,
        attachment_id -> Key,
        is_public -> Bool,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    found_prints (site_id, category, found_at, item_id) {
        site_id -> Key,
        category -> Integer,
        found_at -> Moment,
        item_id -> Key,
        print -> Binary,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    lost_reports (id) {
        id -> Key,
        seq -> BigInt,
        site_id -> Key,
        status -> Text,
        channel -> Text,
        reporter_id -> Nullable<Key>,
        filed_by_id -> Nullable<Key>,
        contact_name -> Nullable<Text>,
        contact_phone_sealed -> Nullable<Binary>,
        contact_phone_masked -> Nullable<Text>,
        category -> Integer,
        colours -> Integer,
        brand -> Nullable<Text>,
        description -> Text,
        marks_sealed -> Nullable<Binary>,
        lost_from -> Moment,
        lost_until -> Moment,
        photos -> Integer,
        item_id -> Nullable<Key>,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
        ended_at -> Nullable<Moment>,
        erased_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    lost_report_places (report_id, location_id) {
        report_id -> Key,
        location_id -> Key,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    lost_report_photos (report_id, attachment_id) {
        report_id -> Key,
        attachment_id -> Key,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    lost_prints (site_id, category, lost_from, report_id) {
        site_id -> Key,
        category -> Integer,
        lost_from -> Moment,
        report_id -> Key,
        print -> Binary,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    matches (report_id, item_id) {
        report_id -> Key,
        item_id -> Key,
        score -> Integer,
        is_likely -> Bool,
        parts -> Document,
        told_at -> Nullable<Moment>,
        created_at -> Moment,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    claims (id) {
        id -> Key,
        seq -> BigInt,
        site_id -> Key,
        item_id -> Key,
        report_id -> Nullable<Key>,
        status -> Text,
        channel -> Text,
        claimant_id -> Nullable<Key>,
        filed_by_id -> Nullable<Key>,
        contact_name -> Nullable<Text>,
        contact_phone_sealed -> Nullable<Binary>,
        contact_phone_masked -> Nullable<Text>,
        statement -> Nullable<Text>,
        verdict -> Nullable<Text>,
        tries -> Integer,
        next_try_at -> Nullable<Moment>,
        asked -> Nullable<Text>,
        decided_by_id -> Nullable<Key>,
        decided_at -> Nullable<Moment>,
        reason -> Nullable<Text>,
        code_hash -> Nullable<Binary>,
        code_expires_at -> Nullable<Moment>,
        way -> Nullable<Text>,
        identity_kind -> Nullable<Text>,
        identity_last4 -> Nullable<Text>,
        proof -> Nullable<Text>,
        signature_id -> Nullable<Key>,
        carrier -> Nullable<Text>,
        tracking_number -> Nullable<Text>,
        fee_fen -> Nullable<BigInt>,
        address_sealed -> Nullable<Binary>,
        handed_by_id -> Nullable<Key>,
        handed_by_name -> Nullable<Text>,
        handed_at -> Nullable<Moment>,
        witness_id -> Nullable<Key>,
        witness_name -> Nullable<Text>,
        witnessed_at -> Nullable<Moment>,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
        ended_at -> Nullable<Moment>,
        erased_at -> Nullable<Moment>,
        wrong_codes -> Integer,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    claim_answers (id) {
        id -> Key,
        claim_id -> Key,
        at -> Moment,
        answers_sealed -> Binary,
        verdict -> Text,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    custody_entries (item_id, position) {
        item_id -> Key,
        position -> Integer,
        at -> Moment,
        kind -> Text,
        actor_id -> Nullable<Key>,
        actor_name -> Text,
        witness_name -> Nullable<Text>,
        place -> Nullable<Text>,
        detail -> Text,
        previous_hash -> Binary,
        hash -> Binary,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    disposals (id) {
        id -> Key,
        item_id -> Key,
        site_id -> Key,
        status -> Text,
        method -> Text,
        legal_basis -> Text,
        reason -> Text,
        proposed_by_id -> Key,
        proposed_at -> Moment,
        decided_by_id -> Nullable<Key>,
        decided_at -> Nullable<Moment>,
        decision_reason -> Nullable<Text>,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    contact_views (id) {
        id -> Key,
        site_id -> Key,
        subject -> Text,
        subject_id -> Key,
        number -> Text,
        viewer_id -> Key,
        at -> Moment,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    erasures (id) {
        id -> Key,
        site_id -> Key,
        subject -> Text,
        subject_id -> Key,
        number -> Text,
        reason -> Text,
        at -> Moment,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{Integer, Nullable, Text};

    rental_types (id) {
        id -> Key,
        site_id -> Key,
        code -> Text,
        kind -> Text,
        name -> Text,
        policy -> Document,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
        retired_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use crate::db::sql::{Key, Moment};
    use diesel::sql_types::{Integer, Nullable, Text};

    stations (id) {
        id -> Key,
        site_id -> Key,
        code -> Text,
        kind -> Text,
        name -> Text,
        location_id -> Key,
        calendar_id -> Nullable<Key>,
        slots -> Nullable<Integer>,
        latitude_e6 -> Nullable<Integer>,
        longitude_e6 -> Nullable<Integer>,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
        retired_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use crate::db::sql::Key;
    use diesel::sql_types::{Integer, Nullable};

    station_types (station_id, type_id) {
        station_id -> Key,
        type_id -> Key,
        restock_below -> Nullable<Integer>,
        collect_above -> Nullable<Integer>,
    }
}

diesel::table! {
    use crate::db::sql::{Key, Moment};
    use diesel::sql_types::{Integer, Nullable, Text};

    rental_units (id) {
        id -> Key,
        site_id -> Key,
        type_id -> Key,
        code -> Text,
        status -> Text,
        station_id -> Nullable<Key>,
        battery_percent -> Nullable<Integer>,
        battery_at -> Nullable<Moment>,
        fault -> Nullable<Text>,
        fault_at -> Nullable<Moment>,
        placed_at -> Moment,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Integer, Nullable, Text};

    rentals (id) {
        id -> Key,
        seq -> BigInt,
        site_id -> Key,
        unit_id -> Key,
        type_id -> Key,
        status -> Text,
        borrower_id -> Nullable<Key>,
        lent_by_id -> Nullable<Key>,
        contact_name -> Nullable<Text>,
        contact_phone_sealed -> Nullable<Binary>,
        contact_phone_index -> Nullable<Binary>,
        contact_phone_masked -> Nullable<Text>,
        adult_name -> Nullable<Text>,
        adult_phone_sealed -> Nullable<Binary>,
        adult_phone_masked -> Nullable<Text>,
        policy -> Document,
        from_station_id -> Key,
        to_station_id -> Nullable<Key>,
        reserved_until -> Nullable<Moment>,
        started_at -> Nullable<Moment>,
        due_at -> Nullable<Moment>,
        extended_at -> Nullable<Moment>,
        returned_at -> Nullable<Moment>,
        returned_by -> Nullable<Text>,
        fee_fen -> BigInt,
        charged_fen -> BigInt,
        paid_fen -> BigInt,
        deposit_fen -> BigInt,
        open_reports -> Integer,
        settled_at -> Nullable<Moment>,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
        ended_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use crate::db::sql::{Key, Moment};
    use diesel::sql_types::{BigInt, Nullable, Text};

    rental_entries (id) {
        id -> Key,
        rental_id -> Key,
        kind -> Text,
        amount_fen -> BigInt,
        note -> Nullable<Text>,
        actor_id -> Nullable<Key>,
        created_at -> Moment,
    }
}

diesel::table! {
    use crate::db::sql::{Key, Moment};
    use diesel::sql_types::{BigInt, Nullable, Text};

    rental_reports (id) {
        id -> Key,
        rental_id -> Key,
        kind -> Text,
        note -> Nullable<Text>,
        actor_id -> Nullable<Key>,
        proposed_fen -> BigInt,
        decided_fen -> Nullable<BigInt>,
        decided_by_id -> Nullable<Key>,
        decided_at -> Nullable<Moment>,
        decision_reason -> Nullable<Text>,
        created_at -> Moment,
    }
}

diesel::table! {
    use crate::db::sql::Key;

    rental_report_photos (report_id, attachment_id) {
        report_id -> Key,
        attachment_id -> Key,
    }
}

diesel::table! {
    use crate::db::sql::{Key, Moment};
    use diesel::sql_types::{Nullable, Text};

    rental_events (unit_id, id) {
        id -> Key,
        unit_id -> Key,
        rental_id -> Nullable<Key>,
        action -> Text,
        station_id -> Nullable<Key>,
        actor_id -> Nullable<Key>,
        reason -> Nullable<Text>,
        device_at -> Nullable<Moment>,
        at -> Moment,
    }
}

diesel::table! {
    use crate::db::sql::{Key, Moment};
    use diesel::sql_types::{Binary, Nullable, Text};

    device_reports (client_id, report_id) {
        client_id -> Key,
        report_id -> Text,
        fingerprint -> Binary,
        outcome -> Text,
        device_at -> Moment,
        received_at -> Moment,
    }
}

diesel::table! {
    use crate::db::sql::{Key, Moment};
    use diesel::sql_types::{Nullable, Text};

    rental_suspensions (id) {
        id -> Key,
        site_id -> Key,
        user_id -> Key,
        reason -> Text,
        until -> Nullable<Moment>,
        created_by_id -> Key,
        created_at -> Moment,
        lifted_at -> Nullable<Moment>,
        lifted_by_id -> Nullable<Key>,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{Bool, Integer};

    stock_takes (id) {
        id -> Key,
        site_id -> Key,
        station_id -> Key,
        actor_id -> Key,
        expected -> Integer,
        counted -> Integer,
        missing -> Document,
        unexpected -> Document,
        is_applied -> Bool,
        created_at -> Moment,
    }
}

diesel::table! {
    use crate::db::sql::{Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Integer, Nullable, Text};

    payscore_orders (rental_id) {
        rental_id -> Key,
        out_order_no -> Text,
        state -> Text,
        package_sealed -> Nullable<Binary>,
        total_fen -> Nullable<BigInt>,
        transaction_id -> Nullable<Text>,
        refund_fen -> BigInt,
        refund_pending_fen -> BigInt,
        polls -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    rate_changes (seq) {
        seq -> BigInt,
        ticket_id -> Key,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    rate_facts (ticket_id, part) {
        ticket_id -> Key,
        part -> Integer,
        kind -> Text,
        place -> Key,
        site_id -> Key,
        day -> Text,
        hour -> Integer,
        ticket_kind -> Text,
        category_id -> Nullable<Key>,
        severity -> Text,
        department_id -> Nullable<Key>,
        person_id -> Nullable<Key>,
        shop_id -> Nullable<Key>,
        location_id -> Nullable<Key>,
        reason -> Nullable<Text>,
        numerator_of -> Integer,
        denominator_of -> Integer,
        pending_of -> Integer,
        missed_of -> Integer,
        excluded_of -> Integer,
        counts -> Document,
        changes_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    rate_rollups (site_id, grain, dimension, first_day, key, ticket_kind) {
        site_id -> Key,
        grain -> Text,
        dimension -> Text,
        first_day -> Text,
        key -> Text,
        ticket_kind -> Text,
        counts -> Document,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    rate_targets (site_id, version) {
        site_id -> Key,
        version -> Integer,
        targets -> Document,
        reason -> Text,
        created_by_id -> Key,
        created_at -> Moment,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    improvements (id) {
        id -> Key,
        seq -> BigInt,
        site_id -> Key,
        first_day -> Text,
        rate -> Nullable<Text>,
        ticket_kind -> Nullable<Text>,
        cause -> Text,
        status -> Text,
        numerator -> BigInt,
        denominator -> BigInt,
        target -> Integer,
        worst -> Document,
        owner_id -> Nullable<Key>,
        due_at -> Moment,
        escalated_at -> Nullable<Moment>,
        plan -> Nullable<Text>,
        planned_by_id -> Nullable<Key>,
        planned_at -> Nullable<Moment>,
        evidence -> Nullable<Text>,
        evidenced_by_id -> Nullable<Key>,
        evidenced_at -> Nullable<Moment>,
        check_note -> Nullable<Text>,
        checked_by_id -> Nullable<Key>,
        checked_at -> Nullable<Moment>,
        numerator_after -> Nullable<BigInt>,
        denominator_after -> Nullable<BigInt>,
        rejections -> Integer,
        version -> Integer,
        created_by_id -> Nullable<Key>,
        created_at -> Moment,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    spot_checklists (site_id, version) {
        site_id -> Key,
        version -> Integer,
        items -> Document,
        reason -> Text,
        created_by_id -> Key,
        created_at -> Moment,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    spot_checks (id) {
        id -> Key,
        site_id -> Key,
        method -> Text,
        status -> Text,
        from_day -> Text,
        to_day -> Text,
        size -> Integer,
        population -> Integer,
        ticket_kind -> Nullable<Text>,
        category_id -> Nullable<Key>,
        department_id -> Nullable<Key>,
        person_id -> Nullable<Key>,
        checklist_version -> Integer,
        items -> Document,
        note -> Nullable<Text>,
        created_by_id -> Key,
        created_at -> Moment,
        close_reason -> Nullable<Text>,
        closed_by_id -> Nullable<Key>,
        ended_at -> Nullable<Moment>,
        version -> Integer,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    spot_check_tickets (spot_check_id, ticket_id) {
        spot_check_id -> Key,
        ticket_id -> Key,
        is_open -> Bool,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    spot_check_results (id) {
        id -> Key,
        site_id -> Key,
        spot_check_id -> Key,
        ticket_id -> Key,
        person_id -> Nullable<Key>,
        department_id -> Nullable<Key>,
        is_correct -> Bool,
        answers -> Document,
        note -> Nullable<Text>,
        reason -> Nullable<Text>,
        checked_by_id -> Key,
        checked_at -> Moment,
        is_current -> Bool,
    }
}

diesel::joinable!(memberships -> users (user_id));
diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(api_clients -> users (user_id));
diesel::joinable!(wechat_identities -> users (user_id));
diesel::joinable!(refresh_tokens -> sessions (session_id));
diesel::joinable!(scan_codes -> sites (site_id));
diesel::joinable!(scan_codes -> locations (location_id));
diesel::joinable!(scan_codes -> equipment (equipment_id));
diesel::joinable!(scan_codes -> shops (shop_id));
diesel::joinable!(tickets -> sites (site_id));
diesel::joinable!(tickets -> categories (category_id));
diesel::joinable!(tickets -> locations (location_id));
diesel::joinable!(tickets -> equipment (equipment_id));
diesel::joinable!(tickets -> shops (shop_id));
diesel::joinable!(tickets -> departments (department_id));
diesel::joinable!(tickets -> users (assignee_id));
diesel::joinable!(ticket_attachments -> attachments (attachment_id));
diesel::joinable!(ticket_attachments -> ticket_events (event_id));
diesel::joinable!(equipment -> locations (location_id));
diesel::joinable!(shops -> locations (location_id));
diesel::joinable!(clocks -> tickets (ticket_id));
diesel::joinable!(calendar_versions -> calendars (calendar_id));
diesel::joinable!(standard_versions -> standards (standard_id));
diesel::joinable!(ticket_repeats -> tickets (earlier_id));
diesel::joinable!(surveys -> tickets (ticket_id));
diesel::joinable!(found_photos -> attachments (attachment_id));
diesel::joinable!(rental_report_photos -> attachments (attachment_id));
diesel::joinable!(rentals -> rental_units (unit_id));
diesel::joinable!(lost_report_photos -> attachments (attachment_id));

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    report_publications (site_id, kind, first_day) {
        site_id -> Key,
        kind -> Text,
        first_day -> Text,
        published_by_id -> Key,
        published_at -> Moment,
    }
}

diesel::table! {
    use crate::db::sql::{Document, Key, Moment};
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

    tightenings (id) {
        id -> Key,
        site_id -> Key,
        department_id -> Key,
        since -> Moment,
        numerator -> BigInt,
        denominator -> BigInt,
        target -> Integer,
        ended_at -> Nullable<Moment>,
        numerator_after -> Nullable<BigInt>,
        denominator_after -> Nullable<BigInt>,
        target_after -> Nullable<Integer>,
        verdict_after -> Nullable<Text>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    api_clients,
    attachments,
    calendar_versions,
    calendars,
    categories,
    claim_answers,
    claims,
    clock_alerts,
    clock_events,
    clocks,
    complaints,
    contact_views,
    custody_entries,
    departments,
    device_reports,
    disposals,
    equipment,
    erasures,
    follow_up_attempts,
    follow_ups,
    found_items,
    found_marks,
    found_pages,
    found_photos,
    found_prints,
    idempotency_records,
    improvements,
    jobs,
    legal_years,
    locations,
    login_throttles,
    lost_prints,
    lost_report_photos,
    lost_report_places,
    lost_reports,
    matches,
    memberships,
    notices,
    payscore_orders,
    police_handovers,
    rate_changes,
    rate_facts,
    refresh_tokens,
    rental_entries,
    rental_events,
    rental_report_photos,
    rental_reports,
    rental_suspensions,
    rental_types,
    rental_units,
    rentals,
    retention_profiles,
    scan_codes,
    sessions,
    settings,
    shops,
    sites,
    spot_check_results,
    spot_check_tickets,
    spot_checks,
    standard_reapplications,
    standard_versions,
    standards,
    station_types,
    stations,
    stock_takes,
    surveys,
    ticket_attachments,
    ticket_events,
    ticket_followers,
    ticket_hops,
    ticket_repeats,
    tickets,
    tightenings,
    units,
    users,
    wechat_identities,
);
