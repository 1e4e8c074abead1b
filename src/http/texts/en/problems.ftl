### One message for each stable error code: the value is the title, `.detail` is one sentence that tells what to do.

## The request as such

not_found = No such address
    .detail = There is nothing at this address; check the path and the id in it.
method_not_allowed = Method not allowed
    .detail = This address does not take this method; use one of those listed in the Allow header.
request_malformed = Request not understood
    .detail = The request is malformed; check its path, headers and body and send it again.
media_type_unsupported = Media type not supported
    .detail = Send the body as JSON, with the header Content-Type: application/json.
json_malformed = Malformed JSON
    .detail = The body is not complete, correct JSON; correct it and send it again.
body_too_large = Body too large
    .detail = The body is larger than allowed; shorten it, and upload photos separately.
body_incomplete = Body incomplete
    .detail = The connection broke while the body was being sent; check your network and send it again.
body_too_slow = Sending took too long
    .detail = The body did not arrive in time; send it again over a more stable network.
if_match_malformed = Malformed If-Match
    .detail = Set If-Match to the ETag you were given, which is the version in double quotes such as "3", or to *.
version_stale = Changed since you looked
    .detail = This has changed since you read it; load it again, look at what changed, and then repeat your action.
idempotency_key_malformed = Malformed Idempotency-Key
    .detail = Use 1 to 64 visible ASCII characters without spaces as the Idempotency-Key.
idempotency_key_reused = Idempotency-Key already used
    .detail = This Idempotency-Key belongs to a different request; use a new one for a new request.
idempotency_key_in_use = Same request in progress
    .detail = The same request is still being processed; send it again shortly with the same Idempotency-Key, and it will not be done twice.
rate_limited = Too many requests
    .detail = You are sending requests too fast; try again in { $seconds } s.

## Single fields

fields_invalid = Some fields need correcting
    .detail = Correct the fields as described under errors and send the request again.
field_unknown = Unknown field
    .detail = There is no such field here; check its name or leave it out.
field_missing = Field missing
    .detail = This field is required; add it and send the request again.
field_duplicate = Field given more than once
    .detail = This field appears more than once; keep only one.
value_unknown = Unknown value
    .detail = Use one of these values: { $known }.
value_malformed = Malformed value
    .detail = The value has the wrong type or form; correct it as described in the API document (/docs).
length_out_of_range = Too short or too long
    .detail = This takes { $min } to { $max } characters or items; change it and send the request again.
number_out_of_range = Number out of range
    .detail = Give a number from { $min } to { $max }.
text_too_long = Text too long
    .detail = This takes at most { $limit } characters; shorten it and send the request again.
text_blank = Text is blank
    .detail = This cannot be empty or only spaces; write something in it.
text_has_control_characters = Unusable characters
    .detail = The text has invisible control characters; remove them (line breaks and tabs may stay).
phone_malformed = Not a telephone number
    .detail = Give a mainland mobile number of 11 digits, a landline number with its area code, or any number with + and country code.
id_malformed = Malformed id
    .detail = Use the id exactly as it was given out: 36 characters with hyphens.
instant_malformed = Not a point in time
    .detail = Give the time in RFC 3339 form, such as 2026-11-22T02:30:00Z.

## Pages of lists

cursor_malformed = Malformed cursor
    .detail = Use next_cursor of the page before exactly as it was given, or leave cursor out to begin at the first page.
cursor_mismatch = Cursor of another list
    .detail = Keep the same account and filters from page to page, or leave cursor out to begin at the first page.

## Signing in and staying signed in

token_missing = Not signed in
    .detail = Sign in and send the access token in the header Authorization: Bearer <access_token>.
token_invalid = Invalid access token
    .detail = The access token is not valid; sign in again.
token_expired = Access token expired
    .detail = Get new tokens with your refresh token (POST /api/v1/auth/refresh), or sign in again.
session_ended = Session over
    .detail = This session has ended; sign in again.
refresh_token_invalid = Invalid refresh token
    .detail = The refresh token is not valid or has expired; sign in again.
refresh_token_reused = Refresh token used twice
    .detail = The refresh token had been used before, so the session was ended to protect your account; sign in again.
credentials_wrong = Wrong username or password
    .detail = Check the username and password and try again, or ask an administrator to reset the password.
sign_in_blocked = Too many sign-in attempts
    .detail = A wrong password was given too often; try again in { $seconds } s.
sign_in_busy = Sign-in is busy
    .detail = Many people are signing in just now; try again in a few seconds.
account_disabled = Account disabled
    .detail = This account has been disabled; ask the mall's service desk if you have questions.
account_being_created = Account being created
    .detail = Your account is just being created; sign in again in a moment.

## WeChat

wechat_code_invalid = WeChat code no longer valid
    .detail = The WeChat code is unknown, used or expired; go back to the mini-program and try again to get a new one.
wechat_login_blocked = Sign-in restricted by WeChat
    .detail = WeChat restricts your sign-in for security reasons; try again later, or ask the mall's service desk to file your matter.
wechat_too_frequent = Too many requests to WeChat
    .detail = WeChat says that this was done too often; try again in { $seconds } s.
wechat_unavailable = WeChat unavailable
    .detail = WeChat does not give what is needed just now; try again shortly, and tell the mall's service desk if it keeps failing.
wechat_not_configured = WeChat not set up
    .detail = This installation has no WeChat mini-program yet; ask the service desk or an administrator, or sign in with a username and password if you are staff.
account_not_from_wechat = Not a WeChat account
    .detail = Only accounts that sign in with WeChat can bind a telephone number; sign in through the mini-program first.

## What the caller may do

role_staff_needed = Staff only
    .detail = Only the mall's staff can do this; sign in with a staff account or ask the service desk.
role_lead_needed = Supervisors only
    .detail = Only a supervisor or administrator can do this; ask your supervisor.
view_not_yours = List not available to you
    .detail = Your role does not have this list; use view=own (what you asked for) or view=assigned (what was given to you).
action_not_yours = Action not available to you
    .detail = You cannot do this to this ticket; ask the mall's service desk if it needs doing.
contact_not_yours = Contact not available to you
    .detail = Only the desk and the staff who work on this ticket can see the full telephone number; ask the desk to make contact for you.
on_behalf_not_yours = Cannot report for others
    .detail = Only staff of this mall can report for somebody else; leave out on_behalf_of and report in your own name.
contact_given_twice = Contact given twice
    .detail = When you file for somebody, give their name and number in on_behalf_of only, not in contact as well.

## Places and catalogues

site_not_found = No such mall
    .detail = The mall does not exist or is not one you serve; check the id.
location_not_found = No such place
    .detail = The place does not exist; choose another one or scan the code on site.
scene_not_found = Code not valid
    .detail = This code is unknown or no longer in use; scan it again or choose the place instead.
category_not_found = No such category
    .detail = This mall has no such category; choose another one.
department_not_found = No such department
    .detail = This mall has no such department; choose another one.
shop_not_found = No such shop
    .detail = This mall has no such shop; choose another one.
unit_not_found = No such unit
    .detail = This mall has no such unit; choose another one.

## Photos

form_needed = Form upload needed
    .detail = Upload the photo as multipart/form-data, with the file in a field named file.
form_malformed = Malformed form
    .detail = The form is incomplete or malformed; check your network and upload the photo again.
form_takes_one_file = One photo at a time
    .detail = The form takes exactly one field, named file; upload one photo at a time.
photo_too_large = Photo file too large
    .detail = A photo can have at most 10 MiB; compress it and upload it again.
photo_not_an_image = Not a supported image
    .detail = Upload a photo in JPEG, PNG, WebP or HEIC format.
photo_too_many_pixels = Photo dimensions too large
    .detail = The photo has too many pixels; scale it down and upload it again.
photo_damaged = Photo cannot be read
    .detail = The photo is damaged or incomplete; upload it again, or upload a screenshot of it.
photo_store_unavailable = Photos unavailable
    .detail = Photos cannot be stored or read just now; try again shortly.
attachment_not_found = No such photo
    .detail = The photo does not exist, has been cleared away or is not one you uploaded; check the id or upload it again.
attachment_link_invalid = Photo link no longer works
    .detail = The link to the photo is not valid or has expired; reload the page to get a fresh one.
attachments_unusable = Photos cannot be used
    .detail = At least one photo does not exist, is named twice, was used already or is not yours; upload it again and use the new id.

## Reporting something

place_needed_once = Name one place
    .detail = Give either what the scanned code contains (scene) or a place (location_id), but not both.

## Tickets

ticket_not_found = No such ticket
    .detail = The ticket does not exist, or you may not see it; check the id.
ticket_not_open = Ticket is over
    .detail = This ticket is done or was withdrawn and can no longer be followed; report the trouble again if it persists.
ticket_changed_meanwhile = Ticket just changed
    .detail = Somebody else has just changed this ticket; load it again before you repeat your action.
ticket_already_taken = Ticket already taken
    .detail = Somebody else has this ticket already; refresh the list and take another one.
ticket_already_rated = Already rated
    .detail = You have rated this already and need not do so again; thank you.
action_not_allowed_now = Not possible at this stage
    .detail = This cannot be done to the ticket as it stands; load it again and choose one of the actions listed under allowed.
assign_to_whom = Nobody named
    .detail = Name a department (department_id), a person (assignee_id), or both.
assignee_not_staff_here = Cannot be given to this person
    .detail = This person is not active staff of this mall; choose somebody else.
assignee_not_in_department = Person not in this department
    .detail = This person does not work in the department you named; change the person or the department.
transfer_to_same_department = Already with this department
    .detail = The ticket is with this department already; choose another department.
pause_note_needed = Note needed
    .detail = This reason to wait needs a note: write what work waits for.
pause_until_past = Time is in the past
    .detail = Set until to a time in the future.
reopen_too_late = Too late to reopen
    .detail = The ticket was resolved more than 7 days ago and cannot be reopened; report the matter anew.
follow_own_ticket = Your own ticket
    .detail = You need not follow your own ticket, since you are told of its progress anyway; urge it if it cannot wait.

## Merchants and owners

user_not_found = No such person
    .detail = No account has this telephone number; check it, and ask the person to bind it in the mini-program first.
member_not_found = No such binding
    .detail = The binding does not exist, has ended or is not at a mall you serve; refresh the list and try again.
member_is_staff = This person is staff
    .detail = This person is staff of this mall and cannot be bound as a merchant or owner; check the telephone number.
member_shop_needed = Shop needed
    .detail = For a merchant, give shop_id and leave out unit_id.
member_unit_needed = Unit needed
    .detail = For an owner, give unit_id and leave out shop_id.

## Staff accounts

staff_not_found = No such staff account
    .detail = No account has this username; check the username.
staff_role_needed = Not a staff role
    .detail = Choose one of the roles agent, technician, supervisor and admin.
staff_site_needed = Mall needed
    .detail = Staff other than admins belong to a mall; give the code of the mall.
staff_department_needed = Department needed
    .detail = A technician belongs to a department; give the code of the department.
username_malformed = Malformed username
    .detail = Use 1 to 64 characters, only lower-case letters, digits, dots, underscores and hyphens.
username_taken = Username taken
    .detail = This username is taken; choose another one.

## Running the installation

mall_file_invalid = Invalid mall file
    .detail = The value "{ $value }" at "{ $at }" is not valid or not defined before it; correct the file and import it again.
clock_not_manual = Clock cannot be moved
    .detail = This demo runs on the machine's clock; start it with --manual-clock to move time by hand.
backup_needs_sqlite = Not an SQLite database
    .detail = This kind of backup works for SQLite only; use pg_dump for PostgreSQL.
backup_target_exists = Backup file cannot be created
    .detail = The target exists already or its name cannot be used; name a new file.
migrations_pending = Database does not match the program
    .detail = The tables do not match this version of the program; try again shortly, and have an administrator update the database or the program if this lasts.
database_unreachable = Database unreachable
    .detail = The database cannot be reached; try again shortly, and have an administrator check the database if this lasts.
database_busy = System busy
    .detail = The system is busy just now; try again in a moment.
internal = Something went wrong
    .detail = We are sorry, something went wrong on our side; try again later, and quote the request_id to the mall's service desk if it happens again.

## Promises

time_zone_unknown = Unknown time zone
    .detail = Give an IANA zone as it is spelled there, such as Asia/Shanghai.
too_many_dates = Too many dates
    .detail = This list may have at most 2000 dates; shorten it.
too_many_intervals = Too many intervals
    .detail = A day may have at most 24 intervals; merge some.
too_many_entries = Too many entries
    .detail = This list may have at most 64 entries; shorten it.
makeup_day_without_hours = Make-up day without hours
    .detail = A make-up day works: give it at least one interval, or list the date under holidays.
date_malformed = Malformed date
    .detail = Write dates as YYYY-MM-DD, such as 2026-02-17.
date_nonexistent = No such date
    .detail = There is no such day; check month and day.
date_out_of_range = Date out of range
    .detail = Dates must lie between the years 1970 and 2200.
date_of_other_year = Date of another year
    .detail = List only dates of the year in the address.
time_malformed = Malformed time
    .detail = Write times as HH:MM, such as 09:30.
opening_out_of_range = Opening out of range
    .detail = An opening lies between 00:00 and 23:59.
closing_out_of_range = Closing out of range
    .detail = A closing is 48:00 at the latest; past midnight write hours beyond 24:00, such as 26:00.
interval_empty = Empty interval
    .detail = The closing must be later than the opening.
interval_reversed = Reversed interval
    .detail = The closing must be later than the opening; past midnight write hours beyond 24:00, such as 26:00.
intervals_unsorted = Intervals out of order
    .detail = Put the intervals of a day in the order of their openings.
never_open = Never open
    .detail = This calendar has no open second; give it at least one interval.
calendar_never_opens = Calendar does not open
    .detail = This calendar does not open within 800 days, so it has no deadlines to give; change its hours.
calendar_needed_once = Name one calendar
    .detail = Give either calendar or calendar_id.
calendar_unknown = Unknown calendar
    .detail = The site has no such calendar; choose one of its list.
category_unknown = Unknown category
    .detail = The site has no such category; choose one of its catalogue.
year_not_shipped = No list for that year
    .detail = The official list of that year is not known here; give holidays and makeup_days.
rank_out_of_range = Rank out of range
    .detail = Set rank between 1 and 1000000.
promises_missing = No promises
    .detail = Promise at least one thing, or set no_standard to true if nothing is promised on purpose.
promises_without_standard = Promises without a standard
    .detail = With no_standard nothing is promised; remove one of the two.
promise_never_counts = Promise never counts
    .detail = An earlier promise covers this one; reorder or remove it.
preview_too_long = Too long to show
    .detail = The time until then has more than 5,000 parts; choose a shorter target or a simpler calendar.
preview_calendars_too_many = Too many calendars
    .detail = At most 10 events may bring another calendar; leave some out.
target_out_of_range = Target out of range
    .detail = A target lies between one second and ten years, or between 1 and 2000 working days.
target_needed_once = Give one target
    .detail = Give either seconds or working days.
percent_out_of_range = Percent out of range
    .detail = Set percent between 1 and 10000.
ladder_not_rising = Ladder does not rise
    .detail = Put the levels in the order of rising percent, each once.
count_out_of_range = Count out of range
    .detail = Set the count between 1 and 1000.
reason_twice = Reason given twice
    .detail = Each reason may stand here once; merge the two.
standards_tie = Standards tie
    .detail = This has the same rank as “{ $other }” and could match the same matter; give it another rank.
period_out_of_range = Period out of range
    .detail = The end must lie after the start, at most 92 days later.
what_if_needs_change = Nothing to try
    .detail = Give a changed standard or calendar.
lateness_reason_needed = Reason for lateness needed
    .detail = This is past its deadline; say why in lateness_reason.
received_in_future = Received in the future
    .detail = The time of receipt cannot lie ahead; correct it.
received_too_long_ago = Received too long ago
    .detail = A matter can be written down at most 24 hours after its receipt.
received_reason_needed = Reason for late entry needed
    .detail = With received_at, say in received_reason why it is written down only now.
pause_photo_needed = Photo needed
    .detail = This reason to wait needs a photo; upload one and name it in attachment_ids.
pause_until_needed = End of the pause needed
    .detail = This reason to wait needs its end; set until.
pause_too_long = Pause too long
    .detail = The standard lets work wait until { $limit } at the latest; choose an earlier until.
standard_missing = No standard applies
    .detail = The site promises nothing for such matters; call its desk.
calendars_too_many = Too many calendars
    .detail = A site may have at most 200 calendars; change one of them.
standards_too_many = Too many standards
    .detail = A site may have at most 200 standards; change one of them.
pause_major = Major matters do not wait
    .detail = What is major or dangerous cannot be paused; go on, or call the supervisor.
pause_not_allowed = No pause for this reason
    .detail = The standard does not let work wait for this reason; give another, or go on.
pause_too_often = Paused too often
    .detail = Work on this has waited { $most } times for this reason, the most it may; go on, or call the supervisor.
pause_needs_lead = A supervisor must pause this
    .detail = Only a supervisor may let work wait for this reason; ask one.
regrade_nothing = Nothing changes
    .detail = Priority, severity and category stay the same; change at least one.
regrade_dangerous = Dangerous matters stay major
    .detail = This category is dangerous: its priority and severity cannot be lowered.
regrade_while_paused = Resume first
    .detail = What waits cannot become major; resume it first.
related_to_itself = The same ticket
    .detail = A ticket cannot be related to itself; choose another.
related_elsewhere = Another site
    .detail = The two tickets belong to different sites; choose one of the same site.
related_is_over = The other ticket is over
    .detail = The other ticket is not open any more; choose one that is.
ticket_has_parts = It is an incident
    .detail = This ticket has open parts; detach them first.
parent_is_part = Already part of an incident
    .detail = The other ticket is itself part of an incident; attach to that one.
parts_too_many = Too many parts
    .detail = An incident has at most 200 open parts; open another incident.
ticket_attached_already = Already attached
    .detail = This ticket is part of that incident already.
ticket_not_attached = Not part of an incident
    .detail = This ticket is part of no incident; there is nothing to detach.
ticket_only_followed = You only follow this
    .detail = Who follows a ticket sees where it stands, not its deadlines.
calendar_not_found = No such calendar
    .detail = There is no such calendar; choose one of the list.
standard_not_found = No such standard
    .detail = There is no such standard; choose one of the list.
clock_not_found = No such clock
    .detail = This ticket has no such clock; choose one of /clocks.
clock_not_breached = Not late
    .detail = This clock is not late; there is nothing to excuse.
clock_already_excused = Already excused
    .detail = This breach has been excused already.
