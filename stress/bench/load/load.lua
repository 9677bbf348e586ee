-- The load of one round, for wrk. Arguments: "transfers" or "balances", accounts, "uniform" or "hot", seed, seconds,
-- requests each second (0: as many as the connections can send). When the time is over, wrk sends nothing more. Requests
-- in flight get their answers and are counted. So every started transfer has an answer to compare the journal with.
local ffi = require("ffi")
ffi.cdef [[
  typedef struct { long sec; long nsec; } bench_timespec;
  int clock_gettime(int clock, bench_timespec *time);
]]

local MONOTONIC = 1
local time = ffi.new("bench_timespec")
local function now()
  ffi.C.clock_gettime(MONOTONIC, time)
  return tonumber(time.sec) + tonumber(time.nsec) / 1e9
end

local threads = {}
function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  reads = args[1] == "balances"
  sign = reads and '"balance":' or '"status":"committed"'
  accounts = tonumber(args[2])
  hot = args[3] == "hot"
  math.randomseed(tonumber(args[4]))
  seconds = tonumber(args[5])
  per_second = tonumber(args[6])
  sent, answered, accepted, in_time, unavailable, other = 0, 0, 0, 0, 0, 0
  first_other = ""
end

local started, slot

-- wrk calls this before every request. Returns the milliseconds to wait before it is sent.
function delay()
  local at = now()
  if not started then
    started = at
    slot = at
    -- Before the load, wrk asks for one request to inspect it.
    sent = 0
  end
  if at >= started + seconds then return 3600000 end
  if per_second == 0 then return 0 end
  local wait = math.max(0, slot - at)
  slot = math.max(slot, at - 0.1) + 1 / per_second
  if slot >= started + seconds then return 3600000 end
  return math.floor(wait * 1000 + 0.5)
end

function request()
  sent = sent + 1
  local from = math.random(accounts)
  if reads then return "GET /account/" .. (hot and "hot" or "a" .. from) .. "/balance HTTP/1.1\r\nHost: localhost\r\n\r\n" end
  local to = math.random(accounts - 1)
  if to >= from then to = to + 1 end
  local origin, destination = "a" .. from, "a" .. to
  if hot then
    if math.random(2) == 1 then origin = "hot" else destination = "hot" end
  end
  return "POST /account/" .. origin .. "/transfer/to/" .. destination .. "/" .. math.random(100) .. " HTTP/1.1\r\nHost: localhost\r\n\r\n"
end

function response(status, headers, body)
  answered = answered + 1
  local at = now()
  if status == 200 and string.find(body, sign, 1, true) then
    accepted = accepted + 1
    if at <= started + seconds then in_time = in_time + 1 end
  elseif status == 503 then
    unavailable = unavailable + 1
  else
    other = other + 1
    if first_other == "" then first_other = status .. " " .. string.sub(body, 1, 200) end
  end
  if answered == sent and at >= started + seconds then
    io.stderr:write("drained\n")
    io.stderr:flush()
  end
end

function done(summary, latency, requests)
  local thread = threads[1]
  local errors = summary.errors
  io.stdout:write(string.format(
    '\n{"sent":%d,"answered":%d,"accepted":%d,"inTime":%d,"unavailable":%d,"other":%d,"firstOther":"%s",' ..
    '"p50Ms":%f,"p99Ms":%f,"maxMs":%f,"socketErrors":%d}\n',
    thread:get("sent"), thread:get("answered"), thread:get("accepted"), thread:get("in_time"),
    thread:get("unavailable"), thread:get("other"), string.gsub(thread:get("first_other"), '[^%w%s:{},._-]', ' '),
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000,
    errors.connect + errors.read + errors.write + errors.timeout))
end
