story "answered and forgotten: told again until it moves; 緊急 that stays open too"
cites 002-19 002-06
begin 2026-11-18 10:00

company neji 見本ねじ製作所 president@neji.example
officer sato 佐藤 sato@chamber.example
officer tanaka 田中 tanaka@chamber.example
duty duty sato
duty second tanaka
gate honsha of neji

10:05 gate honsha sends BACKDOOR on koujou-pc passed
expect mail to sato@chamber.example "/answer/"
10:07 answer by link of sato@chamber.example
expect incident BACKDOOR of neji checking
11:00 expect no mail to sato@chamber.example
# An hour without anything: told again, and this link answers once more.
11:08 expect mail to sato@chamber.example "もう一度お知らせします" "/answer/"
11:10 answer by link of sato@chamber.example
12:05 expect no mail to sato@chamber.example
# Now it moves, and has four hours.
incident BACKDOOR of neji to working
15:50 expect no mail to sato@chamber.example
16:10 expect mail to sato@chamber.example "もう一度お知らせします（2 回目）"
16:20 incident BACKDOOR of neji to done solved
+1 16:20 expect mails to sato@chamber.example at most 4
