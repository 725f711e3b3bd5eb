-- Asks for the addresses of a file in turn, and tells what came of it as one line of JSON.
local paths = {}

function init(arguments)
   for path in io.lines(arguments[1]) do
      paths[#paths + 1] = path
   end
end

local asked = 0

function request()
   asked = asked + 1
   return wrk.format("GET", paths[asked % #paths + 1])
end

function done(summary, latency, requests)
   local errors = summary.errors
   io.write(string.format(
      '{"requests": %d, "seconds": %f, "median_ms": %f, "p99_ms": %f, "failed": %d}\n',
      summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
      errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
