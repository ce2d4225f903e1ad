story "a gate falls silent, its company is told once, it comes back"
cites 002-06
begin 2026-11-20 21:00
set gate.silent_s = 900

company neji 見本ねじ製作所 president@neji.example
gate honsha of neji

21:10 gate honsha falls silent
21:20 expect no incident SILENT of neji
21:40 expect incident SILENT of neji new caution
# 注意 waits ten minutes for more of the same.
21:50 expect mail to president@neji.example "見守りの停止"
+1 09:00 expect no mail to president@neji.example
09:05 gate honsha comes back
expect incident SILENT of neji done solved
09:30 expect no mail to president@neji.example
