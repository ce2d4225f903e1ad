story "緊急 rings: a voice call to whoever is on duty, and a key that takes it"
cites 002-19
begin 2026-11-22 23:00
gateways

company neji 見本ねじ製作所 president@neji.example
officer sato 佐藤 sato@chamber.example voice=0725550101
officer tanaka 田中 tanaka@chamber.example voice=0725550102
duty duty sato
duty second tanaka
gate honsha of neji

23:05 gate honsha sends BACKDOOR on koujou-pc passed
expect call to 0725550101 koujou-pc
expect no call to 0725550102
# The mail is the second step; a forged key is none, and neither is another key.
23:11 expect mail to sato@chamber.example "/answer/"
key 1 of 0725550101 is forged
key 9 of 0725550101
expect incident BACKDOOR of neji new
23:16 expect call to 0725550102 koujou-pc
23:17 key 1 of 0725550102
expect incident BACKDOOR of neji checking
23:40 expect no call to 0725550101
expect no call to 0725550102
