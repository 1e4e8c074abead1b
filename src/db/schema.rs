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

diesel::joinable!(memberships -> users (user_id));
diesel::joinable!(sessions -> users (user_id));
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

diesel::allow_tables_to_appear_in_same_query!(
    calendars,
    calendar_versions,
    standards,
    standard_versions,
    standard_reapplications,
    clocks,
    clock_events,
    clock_alerts,
    settings,
    sites,
    departments,
    categories,
    locations,
    equipment,
    shops,
    units,
    scan_codes,
    users,
    wechat_identities,
    memberships,
    sessions,
    refresh_tokens,
    login_throttles,
    idempotency_records,
    attachments,
    tickets,
    ticket_events,
    ticket_hops,
    ticket_followers,
    ticket_attachments,
    notices,
    jobs,
    complaints,
    follow_ups,
    follow_up_attempts,
    surveys,
    ticket_repeats,
);
