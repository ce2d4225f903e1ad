story "停電・工事の予定: nobody is told of a silence that was planned, and of one that lasts longer"
cites 002-06
begin 2026-11-20 17:00

company neji 見本ねじ製作所 president@neji.example
company insatsu 見本印刷 keiri@insatsu.example
officer sato 佐藤 sato@chamber.example
duty duty sato
gate honsha of neji
gate kojo of neji
gate tenpo of insatsu

# The power is off on Saturday night; the printer switches everything off each night.
quiet gate honsha from "2026-11-21 22:00" to "2026-11-22 06:00"
quiet insatsu weekly 11111111 20:00-07:00

20:10 gate tenpo falls silent
+1 06:50 gate tenpo comes back
expect incidents SILENT of insatsu 0

22:05 gate honsha falls silent
22:05 gate kojo falls silent
# The other gate of the same company was not planned.
22:30 expect incident SILENT of neji new
+1 05:50 expect incidents SILENT of neji 1
# The window is over, and it is not back.
06:30 expect incidents SILENT of neji 2

# Monday the 23rd: the printer forgets to switch it on again.
20:10 gate tenpo falls silent
+1 07:10 expect no incident SILENT of insatsu
07:20 expect incident SILENT of insatsu new
