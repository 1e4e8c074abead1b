### One message for each stable error code: the value is the title, `.detail` is one sentence that tells what to do.

## The request as such

not_found = 没有这个地址
    .detail = 您访问的地址不存在，请核对网址和其中的编号。
method_not_allowed = 不支持这种请求方法
    .detail = 此地址不支持该请求方法，请改用响应头 Allow 中列出的方法。
request_malformed = 请求无法识别
    .detail = 请求的格式有误，请核对网址、请求头和内容后重新发送。
media_type_unsupported = 内容类型不支持
    .detail = 请以 JSON 发送内容，并将请求头 Content-Type 设为 application/json。
json_malformed = JSON 格式有误
    .detail = 提交的内容不是完整、正确的 JSON，请检查后重新发送。
body_too_large = 提交的内容过大
    .detail = 提交的内容超出上限，请精简后再提交，照片请单独上传。
body_incomplete = 内容未传送完整
    .detail = 传送过程中连接中断，请检查网络后重新提交。
body_too_slow = 传送超时
    .detail = 内容未能在规定时间内传完，请换用更稳定的网络后重新提交。
if_match_malformed = If-Match 格式有误
    .detail = 请在 If-Match 中原样填写您读取时得到的 ETag（带双引号的版本号，如 "3"），或填写 *。
version_stale = 内容已有更新
    .detail = 在您查看之后内容已有更新，请刷新并确认最新内容后再操作。
idempotency_key_malformed = Idempotency-Key 格式有误
    .detail = Idempotency-Key 须为 1 至 64 个可见的 ASCII 字符且不含空格，请更换后重新发送。
idempotency_key_reused = Idempotency-Key 已被使用
    .detail = 这个 Idempotency-Key 已用于另一个请求，请为新的请求换一个新的值。
idempotency_key_in_use = 相同的请求正在处理
    .detail = 相同的请求正在处理中，请稍候用同一个 Idempotency-Key 重新发送，无需担心重复提交。
rate_limited = 操作过于频繁
    .detail = 您的操作过于频繁，请在 { $seconds } 秒后再试。

## Single fields

fields_invalid = 有内容需要修改
    .detail = 部分内容不符合要求，请按逐项提示（errors）修改后重新提交。
field_unknown = 不认识的字段
    .detail = 这里没有此字段，请核对字段名或将其删除。
field_missing = 缺少必填项
    .detail = 此项为必填项，请补充后重新提交。
field_duplicate = 字段重复
    .detail = 此字段出现了多次，请只保留一个。
value_unknown = 取值不在可选范围内
    .detail = 请从以下可选值中选择一个：{ $known }。
value_malformed = 格式有误
    .detail = 此项的类型或格式有误，请对照接口文档（/docs）修改。
length_out_of_range = 长度或数量超出范围
    .detail = 此项的字符数或条目数须在 { $min } 至 { $max } 之间，请调整后重新提交。
number_out_of_range = 数值超出范围
    .detail = 此项须在 { $min } 至 { $max } 之间，请调整后重新提交。
text_too_long = 文字过长
    .detail = 此项最多 { $limit } 个字符，请精简后重新提交。
text_blank = 内容为空
    .detail = 此项不能为空或只有空格，请填写内容。
text_has_control_characters = 含有无法使用的字符
    .detail = 文字中含有不可见的控制字符，请删除后重新提交（换行和制表符可以保留）。
phone_malformed = 电话号码有误
    .detail = 请填写 11 位手机号、带区号的固定电话，或以 + 和国家代码开头的号码。
id_malformed = 编号格式有误
    .detail = 请原样填写系统给出的编号（36 个字符，含连字符）。
instant_malformed = 时间格式有误
    .detail = 请按 RFC 3339 格式填写时间，例如 2026-11-22T02:30:00Z。

## Pages of lists

cursor_malformed = 翻页标记有误
    .detail = 请原样使用上一页返回的 next_cursor，或去掉 cursor 从第一页开始。
cursor_mismatch = 翻页标记不属于此列表
    .detail = 翻页时请保持账号和筛选条件不变，或去掉 cursor 从第一页开始。

## Signing in and staying signed in

token_missing = 尚未登录
    .detail = 请先登录，并在请求头 Authorization 中以 Bearer 方式附上访问令牌（access_token）。
token_invalid = 登录凭证无效
    .detail = 访问令牌无效，请重新登录。
token_expired = 登录凭证已过期
    .detail = 访问令牌已过期，请用刷新令牌换取新的令牌（POST /api/v1/auth/refresh），或重新登录。
session_ended = 登录已失效
    .detail = 您已退出登录或登录已失效，请重新登录。
refresh_token_invalid = 刷新令牌无效
    .detail = 刷新令牌无效或已过期，请重新登录。
refresh_token_reused = 刷新令牌被重复使用
    .detail = 刷新令牌被重复使用，为了您的账号安全已退出登录，请重新登录。
credentials_wrong = 用户名或密码不正确
    .detail = 请核对用户名和密码后重试，如忘记密码，请联系管理员重置。
sign_in_blocked = 登录尝试过多
    .detail = 密码多次输入有误，请在 { $seconds } 秒后再试。
sign_in_busy = 登录人数较多
    .detail = 当前登录人数较多，请稍候几秒再试。
account_disabled = 账号已停用
    .detail = 此账号已停用，如有疑问，请联系商场服务台。
account_being_created = 账号正在创建
    .detail = 您的账号正在创建中，请稍候重新登录。

## WeChat

wechat_code_invalid = 微信授权码已失效
    .detail = 微信授权码无效、已用过或已过期，请返回小程序重新操作一次。
wechat_login_blocked = 微信限制了登录
    .detail = 微信因安全风险暂时限制了您的登录，请稍后再试，或联系商场服务台为您登记。
wechat_too_frequent = 微信操作过于频繁
    .detail = 微信提示操作过于频繁，请在 { $seconds } 秒后再试。
wechat_unavailable = 微信服务暂不可用
    .detail = 暂时无法从微信获得所需信息，请稍后再试；如多次失败，请联系商场服务台。
wechat_not_configured = 尚未接入微信
    .detail = 系统尚未接入微信小程序，请联系商场服务台或管理员，员工可改用用户名和密码登录。
account_not_from_wechat = 不是微信账号
    .detail = 只有微信登录的账号才能绑定手机号，请先在小程序中登录。

## What the caller may do

role_staff_needed = 仅限员工
    .detail = 此功能仅供商场员工使用，请用员工账号登录，或联系商场服务台。
role_lead_needed = 仅限主管
    .detail = 此操作仅限客服主管或管理员，请联系主管办理。
view_not_yours = 无权查看此列表
    .detail = 您的角色不能查看此列表，请改用 view=own（我提交的）或 view=assigned（派给我的）。
action_not_yours = 无权进行此操作
    .detail = 您不能对此工单进行这项操作，如有需要，请联系商场服务台。
contact_not_yours = 无权查看联系电话
    .detail = 只有服务台和负责此工单的员工可以查看完整联系电话，如需联系对方，请找服务台协助。
on_behalf_not_yours = 不能代他人报修
    .detail = 只有该商场的员工可以代他人登记，请去掉 on_behalf_of，以本人名义报修。
contact_given_twice = 联系人填写了两次
    .detail = 代客登记时请只在 on_behalf_of 中填写联系人，不要再填 contact。

## Places and catalogues

site_not_found = 没有这个商场
    .detail = 商场不存在，或不在您的服务范围内；请核对编号。
location_not_found = 没有这个位置
    .detail = 位置不存在，请重新选择位置，或扫描现场的二维码。
scene_not_found = 二维码无效
    .detail = 此二维码无效或已停用，请重新扫描，或改为选择位置。
category_not_found = 没有这个类别
    .detail = 该商场没有此类别，请重新选择。
department_not_found = 没有这个部门
    .detail = 该商场没有此部门，请重新选择。
shop_not_found = 没有这家店铺
    .detail = 该商场没有此店铺，请重新选择。
unit_not_found = 没有这个单元
    .detail = 该商场没有此单元，请重新选择。

## Photos

form_needed = 请以表单上传照片
    .detail = 请以 multipart/form-data 表单上传照片，并将文件放在名为 file 的字段中。
form_malformed = 上传的表单有误
    .detail = 上传的表单不完整或格式有误，请检查网络后重新上传。
form_takes_one_file = 一次只能上传一张照片
    .detail = 表单中只能有一个名为 file 的字段，请一次上传一张照片。
photo_too_large = 照片文件过大
    .detail = 单张照片不能超过 10 MB，请压缩后重新上传。
photo_not_an_image = 不支持的照片格式
    .detail = 请上传 JPEG、PNG、WebP 或 HEIC 格式的照片。
photo_too_many_pixels = 照片尺寸过大
    .detail = 照片的像素过多，请缩小尺寸后重新上传。
photo_damaged = 照片无法读取
    .detail = 照片已损坏或不完整，请重新上传，或改为上传该照片的截图。
photo_store_unavailable = 照片服务暂不可用
    .detail = 照片暂时无法保存或读取，请稍后再试。
attachment_not_found = 没有这张照片
    .detail = 照片不存在、已被清理或不是您上传的，请核对编号或重新上传。
attachment_link_invalid = 照片链接已失效
    .detail = 照片链接无效或已过期，请刷新页面获取新的链接。
attachments_unusable = 照片无法使用
    .detail = 所附照片中有不存在、重复、已用过或不是您上传的，请重新上传后再提交。

## Reporting something

place_needed_once = 请指明一处位置
    .detail = 请扫描现场的二维码（scene）或选择位置（location_id），两者只填其一。

## Tickets

ticket_not_found = 没有这张工单
    .detail = 工单不存在，或您无权查看；请核对编号。
ticket_not_open = 工单已结束
    .detail = 此工单已处理完毕或已撤销，不能再关注；如问题仍然存在，请重新报修。
ticket_changed_meanwhile = 工单刚刚有更新
    .detail = 此工单刚刚被他人更新，请刷新后再操作。
ticket_already_taken = 工单已被接走
    .detail = 此工单已有人接手，请刷新列表后选择其他工单。
ticket_already_rated = 已评价过
    .detail = 您已评价过本次处理，感谢您的反馈，无需再次提交。
action_not_allowed_now = 当前不能进行此操作
    .detail = 工单目前的状态不能进行此操作，请刷新后从当前可行的操作（allowed）中选择。
assign_to_whom = 请选择派单对象
    .detail = 请至少填写部门（department_id）或人员（assignee_id）中的一项。
assignee_not_staff_here = 此人不能接单
    .detail = 所选人员不是该商场的在职员工，请选择其他人员。
assignee_not_in_department = 人员与部门不符
    .detail = 所选人员不在所选部门，请重新选择人员或部门。
transfer_to_same_department = 工单已在该部门
    .detail = 工单已在该部门，请选择另一个部门。
pause_note_needed = 请填写暂停说明
    .detail = 此暂停原因须有说明，请在 note 中写明在等什么。
pause_until_past = 预计恢复时间有误
    .detail = 预计恢复时间（until）须晚于当前时间，请重新填写。
reopen_too_late = 已超过重新打开的期限
    .detail = 工单处理完成已超过 7 天，不能重新打开，请重新提交一张工单。
follow_own_ticket = 这是您自己的工单
    .detail = 您无需关注自己的工单，有进展时会通知您，如着急可以催单。

## Merchants and owners

user_not_found = 没有找到此人
    .detail = 没有账号绑定此手机号，请核对号码，并请对方先在小程序中绑定手机号。
member_not_found = 没有这条绑定
    .detail = 绑定不存在、已解除或不在您的服务范围内，请刷新列表后再试。
member_is_staff = 此人是商场员工
    .detail = 此人是该商场的员工，不能绑定为商户或业主，请核对手机号。
member_shop_needed = 请指明店铺
    .detail = 绑定商户时请填写店铺（shop_id），且不要填写单元（unit_id）。
member_unit_needed = 请指明单元
    .detail = 绑定业主时请填写单元（unit_id），且不要填写店铺（shop_id）。

## Staff accounts

staff_not_found = 没有这个员工账号
    .detail = 没有使用此用户名的账号，请核对用户名。
staff_role_needed = 请选择员工角色
    .detail = 员工账号的角色须为 agent、technician、supervisor 或 admin，请重新选择。
staff_site_needed = 请指明商场
    .detail = 除管理员（admin）外，员工账号须属于一个商场，请填写商场代码。
staff_department_needed = 请指明部门
    .detail = 一线人员（technician）须属于一个部门，请填写部门代码。
username_malformed = 用户名格式有误
    .detail = 用户名须为 1 至 64 个字符，且只含小写字母、数字、点、下划线和连字符，请重新填写。
username_taken = 用户名已被占用
    .detail = 此用户名已被占用，请换一个。

## Running the installation

mall_file_invalid = 商场文件有误
    .detail = “{ $at }”处的值“{ $value }”无效，或未在此前定义，请修改文件后重新导入。
clock_not_manual = 时钟不能调整
    .detail = 此演示使用本机时钟；如需手动推进时间，请用 --manual-clock 启动。
backup_needs_sqlite = 此数据库不能这样备份
    .detail = 此备份方式仅适用于 SQLite，PostgreSQL 请使用 pg_dump。
backup_target_exists = 备份文件无法创建
    .detail = 目标文件已存在或文件名无法使用，请换一个新的文件名。
migrations_pending = 数据库与程序版本不一致
    .detail = 数据库的表结构与当前程序版本不一致，请稍后再试；如持续出现，请管理员更新数据库或程序。
database_unreachable = 数据库无法连接
    .detail = 暂时无法连接数据库，请稍后再试；如持续出现，请管理员检查数据库。
database_busy = 系统繁忙
    .detail = 系统暂时繁忙，请稍候片刻再试。
internal = 系统出现故障
    .detail = 非常抱歉，系统出现故障，请稍后再试；如仍有问题，请将请求编号（request_id）告知商场服务台。

## Promises

time_zone_unknown = 时区不存在
    .detail = 请填写 IANA 时区名称，例如 Asia/Shanghai。
too_many_dates = 日期过多
    .detail = 此列表最多 2000 个日期，请删减后重新提交。
too_many_intervals = 时段过多
    .detail = 一天最多 24 个时段，请合并后重新提交。
too_many_entries = 条目过多
    .detail = 此列表最多 64 项，请删减后重新提交。
makeup_day_without_hours = 调休日缺少时段
    .detail = 调休上班日须至少有一个时段；如当天休息，请列入 holidays。
date_malformed = 日期格式有误
    .detail = 请按 YYYY-MM-DD 填写日期，例如 2026-02-17。
date_nonexistent = 日期不存在
    .detail = 日历上没有这一天，请核对。
date_out_of_range = 日期超出范围
    .detail = 日期须在 1970 至 2200 年之间。
date_of_other_year = 不是该年的日期
    .detail = 请只填写地址中那一年的日期。
time_malformed = 时间格式有误
    .detail = 请按 HH:MM 填写时间，例如 09:30。
opening_out_of_range = 开始时间超出范围
    .detail = 开始时间须在 00:00 至 23:59 之间。
closing_out_of_range = 结束时间超出范围
    .detail = 结束时间最晚为 48:00；过夜请用 24:00 以后的时间，例如 26:00。
interval_empty = 时段为空
    .detail = 结束时间须晚于开始时间。
interval_reversed = 时段颠倒
    .detail = 结束时间须晚于开始时间；过夜请用 24:00 以后的时间，例如 26:00。
intervals_unsorted = 时段未按先后排列
    .detail = 请将一天内的时段按开始时间先后排列。
never_open = 日历从不开放
    .detail = 此日历没有任何开放时间，请至少填写一个时段。
calendar_never_opens = 日历长期不开放
    .detail = 此日历在 800 天内没有任何开放时间，无法计算期限，请修改日历。
calendar_needed_once = 请指定一个日历
    .detail = 请在 calendar 和 calendar_id 中填写其中一个。
calendar_unknown = 日历不存在
    .detail = 该商场没有此日历，请从日历列表中选择。
category_unknown = 分类不存在
    .detail = 该商场没有此分类，请从目录中选择。
year_not_shipped = 没有该年的假期表
    .detail = 系统未附带该年的官方假期表，请在 holidays 和 makeup_days 中填写。
rank_out_of_range = 优先级超出范围
    .detail = rank 须在 1 至 1000000 之间。
promises_missing = 缺少承诺
    .detail = 请至少填写一项承诺；如确实不作承诺，请将 no_standard 设为 true。
promises_without_standard = 不应有承诺
    .detail = no_standard 为 true 时不能填写承诺，请删除其中之一。
promise_never_counts = 承诺不会生效
    .detail = 前面的承诺已包含此项，请调整顺序或删除。
preview_too_long = 时间过长
    .detail = 到期前的时段超过 5000 段，请缩短目标或简化日历。
preview_calendars_too_many = 日历过多
    .detail = 最多 10 个事件可以更换日历，请减少。
target_out_of_range = 期限超出范围
    .detail = 期限须在 1 秒至 10 年之间；按工作日计算时为 1 至 2000 天。
target_needed_once = 请填写一种期限
    .detail = 请在秒数和工作日数中填写其中一个。
percent_out_of_range = 百分比超出范围
    .detail = 百分比须在 1 至 10000 之间。
ladder_not_rising = 百分比未递增
    .detail = 请将 ladder 按百分比从低到高排列，且不重复。
count_out_of_range = 次数超出范围
    .detail = 次数须在 1 至 1000 之间。
reason_twice = 原因重复
    .detail = 同一原因只能出现一次，请合并。
standards_tie = 标准冲突
    .detail = 此标准与“{ $other }”优先级相同且可能同时适用，请改用不同的 rank。
period_out_of_range = 时间段有误
    .detail = 结束时间须晚于开始时间，且不超过 92 天。
what_if_needs_change = 没有要试算的修改
    .detail = 请填写修改后的 standard 或 calendar。
lateness_reason_needed = 请填写超时原因
    .detail = 此单已超过承诺时限，请选择超时原因（lateness_reason）后再提交。
received_in_future = 接报时间有误
    .detail = 接报时间不能晚于现在，请重新填写。
received_too_long_ago = 接报时间过早
    .detail = 补录的接报时间最多为 24 小时以前。
received_reason_needed = 请填写补录原因
    .detail = 填写了接报时间（received_at）时，请说明为何补录（received_reason）。
pause_photo_needed = 请上传照片
    .detail = 此暂停原因须附照片，请先上传再提交。
pause_until_needed = 请填写恢复时间
    .detail = 此暂停原因须写明恢复时间（until）。
pause_too_long = 暂停时间过长
    .detail = 按服务标准，恢复时间（until）最晚为 { $limit }。
standard_missing = 没有适用的服务标准
    .detail = 该商场没有适用于此事项的服务标准，请致电服务台。
calendars_too_many = 日历过多
    .detail = 一个商场最多 200 个日历，请修改现有日历。
standards_too_many = 标准过多
    .detail = 一个商场最多 200 个标准，请修改现有标准。
pause_major = 重大事项不能暂停
    .detail = 涉及安全或重大的事项不能暂停，请继续处理或上报主管。
pause_not_allowed = 不能以此原因暂停
    .detail = 服务标准不允许以此原因暂停，请换一个原因或继续处理。
pause_too_often = 暂停次数过多
    .detail = 此单以此原因最多暂停 { $most } 次，请继续处理或上报主管。
pause_needs_lead = 须由主管暂停
    .detail = 以此原因暂停须由主管操作，请联系主管。
regrade_nothing = 没有变化
    .detail = 优先级、等级和分类都没有变化，请至少修改一项。
regrade_dangerous = 危险事项不能降级
    .detail = 此分类涉及安全，不能降低优先级或等级。
regrade_while_paused = 请先恢复处理
    .detail = 暂停中的单不能升级为重大，请先恢复处理。
related_to_itself = 同一张工单
    .detail = 工单不能关联自己，请选择另一张工单。
related_elsewhere = 不同的项目
    .detail = 两张工单不属于同一项目，请选择同一项目的工单。
related_is_over = 对方工单已结束
    .detail = 所选工单已不在处理中，请选择处理中的工单。
ticket_has_parts = 此单为事件主单
    .detail = 此单还有未完成的子单，请先解除关联。
parent_is_part = 对方已是子单
    .detail = 所选工单本身是子单，请关联到它的主单。
parts_too_many = 子单过多
    .detail = 一个事件最多 200 张未完成的子单，请另建事件。
ticket_attached_already = 已关联
    .detail = 此单已关联到该事件。
ticket_not_attached = 未关联事件
    .detail = 此单没有关联任何事件，无需解除。
ticket_only_followed = 仅关注此单
    .detail = 您只是关注此单，无法查看其时限；如为您本人提交，请用提交时的账号登录。
calendar_not_found = 日历不存在
    .detail = 没有此日历，请从日历列表中选择。
standard_not_found = 标准不存在
    .detail = 没有此服务标准，请从标准列表中选择。
clock_not_found = 计时不存在
    .detail = 此单没有这个计时，请从时限列表（/clocks）中选择。
clock_not_breached = 没有超时
    .detail = 此计时没有超时，无需豁免。
clock_already_excused = 已豁免
    .detail = 此超时已经豁免。
