story "a gate comes and goes: one incident about that, not one for each time"
cites 002-06
begin 2026-11-20 13:00

company neji 見本ねじ製作所 president@neji.example
officer sato 佐藤 sato@chamber.example
duty duty sato
gate honsha of neji

13:10 gate honsha falls silent
13:22 gate honsha comes back
13:26 gate honsha falls silent
13:36 gate honsha comes back
13:37 expect incident FLAPPING of neji new caution
13:41 gate honsha falls silent
# Twenty minutes would be a silence of any other gate.
14:04 gate honsha comes back
expect incidents SILENT of neji 0
14:10 expect mail to president@neji.example "つながったり切れたり" "線を"

# When it stays away, that is told too.
14:10 gate honsha falls silent
15:20 expect incident SILENT of neji new
15:30 gate honsha comes back
expect incident SILENT of neji done solved
# Two steady hours end it.
18:00 expect incident FLAPPING of neji done solved
expect mails to president@neji.example at most 3
