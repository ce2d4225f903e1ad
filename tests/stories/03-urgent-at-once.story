story "緊急 is told at once, once, and 記録 never by itself"
cites 002-19
begin 2026-11-21 02:00

company neji 見本ねじ製作所 president@neji.example
gate honsha of neji

02:05 gate honsha sends BACKDOOR on koujou-pc x200
expect mail to president@neji.example "【緊急】koujou-pc" "線を抜いて"
02:06 gate honsha sends BACKDOOR on koujou-pc x200
02:07 gate honsha sends OFF_BUSINESS_SITE on keiri-pc x50
03:30 expect no mail to president@neji.example
expect incident BACKDOOR of neji new urgent
