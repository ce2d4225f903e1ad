story "a gate in the wrong place, full, with old lists: seen at once, told after its time, over by itself"
cites 002-06 001-17
begin 2026-11-16 09:00

company neji 見本ねじ製作所 president@neji.example
officer sato 佐藤 sato@chamber.example
duty duty sato
gate honsha of neji

09:00 gate honsha says packets_in=0 packets_out=5000 machines=12 local=300
expect no incident ONE_WAY of neji
+1 09:10 expect incident ONE_WAY of neji new caution
09:30 expect mail to president@neji.example "片方の向き" "相談窓口へ電話"
09:40 gate honsha says packets_in=5000
expect incident ONE_WAY of neji done solved

09:50 gate honsha says scanner.signatures_at=-8d
12:00 expect no incident DEFINITIONS_OLD of neji
16:10 expect incident DEFINITIONS_OLD of neji new caution
16:30 gate honsha says spool_percent=93
17:10 expect incident GATE_SLOW of neji new caution
17:20 gate honsha says spool_percent=3 scanner.signatures_at=-0d
expect incident GATE_SLOW of neji done solved
expect incident DEFINITIONS_OLD of neji done solved

# One machine only, and nothing of the office's own talk: in front of the router.
18:00 gate honsha says machines=1 local=0
+3 17:50 expect no incident ONE_MACHINE of neji
18:10 expect incident ONE_MACHINE of neji new caution
expect incident NO_LOCAL of neji new caution
