-- The plugin that is measured behind the lua boundary, and the functions that its rivals call.
local bytes = {}
for i = 0, 4095 do bytes[#bytes + 1] = string.char(i * 7 % 256) end
local artifact = table.concat(bytes)
local log = ("compiled and linked without a warning. "):rep(7):sub(1, 256)

local work = {}

-- Wraps as 32-bit integers do.
function work.add(a, b)
  local sum = a + b
  if sum >= -0x80000000 and sum <= 0x7fffffff then return sum end
  return (sum + 0x80000000) % 0x100000000 - 0x80000000
end

function work.echo(text) return text end

function work.build(request)
  return { artifact = artifact, log = #request.args == 8 and log or "" }
end

function work.bytes(data) return data end

function work.callbacks(count)
  local n = 0
  for _ = 1, count do n = host.tick(n) end
  return n
end

return { work = work }
