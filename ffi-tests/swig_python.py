"""Appends and reads with the module that SWIG made for Python of the header."""

import atomic_log as al

options = al.alog_options()
al.alog_options_init(options)
options.record_size, options.retained_capacity, options.segment_capacity = 8, 8, 4

log_out, writer_out, snapshot_out = al.new_log_out(), al.new_writer_out(), al.new_snapshot_out()
assert al.alog_log_create_fixed(options, log_out) == al.ALOG_OK
log = al.log_out_value(log_out)
assert al.alog_writer_claim(log, writer_out) == al.ALOG_OK
writer = al.writer_out_value(writer_out)
assert al.alog_writer_claim(log, writer_out) == al.ALOG_ERR_CLAIMED  # a negative one

record = al.new_doubles(1)
for number in range(6):
    al.doubles_setitem(record, 0, number / 4)
    assert al.alog_writer_append(writer, record, 8) == al.ALOG_OK

assert al.alog_snapshot_create(log, snapshot_out) == al.ALOG_OK
view = al.snapshot_out_value(snapshot_out)
seen = []
chunk = al.alog_chunk()
index = 0
while al.alog_snapshot_chunk(view, index, chunk) == al.ALOG_OK:
    data = al.as_doubles(chunk.data)
    seen += [al.doubles_getitem(data, i) for i in range(chunk.count)]
    index += 1
assert seen == [number / 4 for number in range(6)], seen
assert al.alog_status_name(al.ALOG_ERR_KIND) == "ALOG_ERR_KIND"
assert al.alog_version() == al.ALOG_VERSION

al.alog_snapshot_destroy(view)
al.alog_writer_release(writer)
al.alog_log_release(log)
print(f"{len(seen)} records, {index} chunks")
