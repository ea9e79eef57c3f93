-- Sends the files that are named on the command line, each to the path in front of it, in turns; sums up as JSON on the last line.
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

local function read(name)
  local file = assert(io.open(name, 'rb'))
  local text = file:read('*a')
  file:close()
  return text
end

-- Without a `request` of ours wrk always sends the same bytes, which takes it the least time.
local function takeTurns(args)
  local requests, count, began = {}, 0, nil
  for index = 1, #args, 2 do
    table.insert(requests, wrk.format(nil, args[index], nil, read(args[index + 1])))
  end
  function request()
    began = began or os.time()
    count = count + 1
    local second = os.time() - began + 1
    while #sent < second do table.insert(sent, count) end
    sent[second] = count
    return requests[count % #requests + 1]
  end
end

function init(args)
  -- Global, because `done` runs apart from the threads and can read nothing else of theirs.
  sent = {}
  wrk.method = 'POST'
  wrk.headers['Content-Type'] = 'application/json'
  if #args > 2 then
    takeTurns(args)
  else
    wrk.path = args[1]
    wrk.body = read(args[2])
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"seconds":%.6f,"p50":%.4f,"p99":%.4f,"errors":%d,"sent":[%s]}\n',
    summary.requests,
    summary.duration / 1e6,
    latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    table.concat(threads[1]:get('sent'), ',')
  ))
end
