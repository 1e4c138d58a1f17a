-- The requests stand in a file, each ended by a zero byte, and are sent in turn, whichever connection is free.
local requests, at, checked = {}, 0, false

function init(arguments)
    local file = assert(io.open(arguments[1], "rb"))
    for request in file:read("*a"):gmatch("([^%z]+)%z") do
        requests[#requests + 1] = request
    end
    file:close()
end

-- Once before it begins, wrk asks for a request to look at, and does not send it.
function request()
    if not checked then
        checked = true
        return requests[1]
    end
    at = at % #requests + 1
    return requests[at]
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format(
        "measured %d %d %d %d %d\n",
        summary.requests,
        summary.duration,
        latency:percentile(50),
        latency:percentile(99),
        errors.connect + errors.read + errors.write + errors.status + errors.timeout
    ))
end
