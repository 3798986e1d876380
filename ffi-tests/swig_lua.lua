-- Appends and reads with the module that SWIG made for Lua of the header.
local al = require("atomic_log")

local options = al.alog_options()
al.alog_options_init(options)
options.record_size, options.retained_capacity, options.segment_capacity = 8, 8, 4

local log_out, writer_out, snapshot_out = al.new_log_out(), al.new_writer_out(), al.new_snapshot_out()
assert(al.alog_log_create_fixed(options, log_out) == al.ALOG_OK)
local log = al.log_out_value(log_out)
assert(al.alog_writer_claim(log, writer_out) == al.ALOG_OK)
local writer = al.writer_out_value(writer_out)
assert(al.alog_writer_claim(log, writer_out) == al.ALOG_ERR_CLAIMED) -- a negative one

local record = al.new_doubles(1)
for number = 0, 5 do
  al.doubles_setitem(record, 0, number / 4)
  assert(al.alog_writer_append(writer, record, 8) == al.ALOG_OK)
end

assert(al.alog_snapshot_create(log, snapshot_out) == al.ALOG_OK)
local view = al.snapshot_out_value(snapshot_out)
local chunk, index, seen = al.alog_chunk(), 0, 0
while al.alog_snapshot_chunk(view, index, chunk) == al.ALOG_OK do
  local data = al.as_doubles(chunk.data)
  for i = 0, chunk.count - 1 do
    assert(al.doubles_getitem(data, i) == seen / 4)
    seen = seen + 1
  end
  index = index + 1
end
assert(seen == 6)

al.alog_snapshot_destroy(view)
al.alog_writer_release(writer)
al.alog_log_release(log)
print(seen .. " records, " .. index .. " chunks")
