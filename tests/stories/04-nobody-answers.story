story "nobody answers, the second person answers by the link, nobody else is woken"
cites 002-19 002-06
begin 2026-11-21 02:00

company neji 見本ねじ製作所 president@neji.example
officer sato 佐藤 sato@chamber.example
officer tanaka 田中 tanaka@chamber.example
officer mori 森 mori@chamber.example
duty duty sato
duty second tanaka
duty chief mori
gate honsha of neji

02:05 gate honsha sends BACKDOOR on koujou-pc passed
# The company and whoever is on duty, at once.
expect mail to president@neji.example "【緊急】koujou-pc" "線を抜いて"
expect mail to sato@chamber.example "【緊急】koujou-pc" "見本ねじ製作所" "/answer/" "02時10分までに返事がないときは"
expect no mail to tanaka@chamber.example

# More of it, and another machine of the same company, rings nobody twice.
02:08 gate honsha sends BACKDOOR on keiri-pc passed
expect mail to president@neji.example "keiri-pc"
expect no mail to sato@chamber.example

02:15 expect mail to tanaka@chamber.example "/answer/"
expect no mail to mori@chamber.example

# A mail server that looks at links answers nothing.
answer page of tanaka@chamber.example shows "見本ねじ製作所" "koujou-pc" "緊急" 引き受けますか
answer page of tanaka@chamber.example shows 引き受けますか
expect incident BACKDOOR of neji on koujou-pc new
02:17 answer by link of tanaka@chamber.example
expect incident BACKDOOR of neji on koujou-pc checking
expect incident BACKDOOR of neji on keiri-pc checking
answer by link of tanaka@chamber.example is refused
answer page of sato@chamber.example shows "すでに返事がありました" 田中
answer by link of sato@chamber.example is refused

# And then it is quiet.
03:00 expect no mail to mori@chamber.example
expect mails to tanaka@chamber.example 1
