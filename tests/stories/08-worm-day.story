story "a worm day: the day's number of 注意 by mail, the rest in one digest, 緊急 never held"
cites 002-19
begin 2026-11-18 10:00
set notify.caution_delay_s = 0

company neji 見本ねじ製作所 president@neji.example
officer sato 佐藤 sato@chamber.example
duty duty sato
limit caution_a_day 5
gate honsha of neji

10:05 gate honsha sends EXPLOIT on pc of 60 machines
10:30 expect mails to president@neji.example 5
gate honsha sends OFF_BUSINESS_SITE on keiri-pc x20
11:00 gate honsha sends EXPLOIT on pc of 60 machines
11:30 expect no mail to president@neji.example
# It got through at one: that does not wait.
gate honsha sends BACKDOOR on pc-001 passed
expect mail to president@neji.example "緊急"

+1 08:40 expect mail to president@neji.example "【まとめ】11月18日から11月19日まで" "緊急 2、注意 59、記録 1" "これが最初のお知らせ" "業務外のサイト"
# Quiet days: no mail; on Monday nothing either, for nothing happened.
+5 12:00 expect no mail to president@neji.example
