story "a reply answers; a notice of absence does not"
cites 002-19
begin 2026-11-21 02:00
mailbox

company neji 見本ねじ製作所 president@neji.example
officer sato 佐藤 sato@chamber.example
officer tanaka 田中 tanaka@chamber.example
duty duty sato
duty second tanaka
gate honsha of neji

02:05 gate honsha sends BACKDOOR on koujou-pc passed
expect mail to sato@chamber.example "返信しても"
reply of sato@chamber.example is automatic
expect incident BACKDOOR of neji new
02:16 expect mail to tanaka@chamber.example
reply of tanaka@chamber.example
expect incident BACKDOOR of neji checking
03:00 expect mails to sato@chamber.example 2
