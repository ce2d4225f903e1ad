story "somebody sets the centre's clock: no gate is called silent for it"
cites 002-06
begin 2026-11-20 21:00

company neji 見本ねじ製作所 president@neji.example
gate honsha of neji

21:10 clock jumps +1h
expect no incident SILENT of neji
22:40 expect no incident SILENT of neji
clock jumps -2h
21:10 expect no incident SILENT of neji

# A silence that is real is still seen, counted from when it began to be listened to.
21:10 gate honsha falls silent
21:40 expect incident SILENT of neji new
