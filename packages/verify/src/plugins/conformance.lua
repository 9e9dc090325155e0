-- The plugin that the `lua` boundary is put through the conformance cases with.
-- contract: tenon:conformance/plugin@0.1.0

local function same(value) return value end

local line = ("x"):rep(79)

local values = {
  echo_many = function(...)
    -- Lua has no list with holes but the one that says its length; the 17th is an option.
    return table.pack(...)
  end,
  nothing = function() end,
}
for name in ([[
  bool u8 s8 u16 s16 u32 s32 u64 s64 f32 f64 char string bytes u32_list s64_list f64_list bool_list string_list
  nested_list record_list map tuple person scalars awkward shape colour permissions many_flags option option_record
  nested_option result result_ok_only result_err_only result_empty deep
]]):gmatch("[%w_]+") do
  values["echo_" .. name] = same
end

local calls = {}

function calls.fail(message) error(message) end

function calls.spin() while true do end end

function calls.exit() error("scripts cannot end themselves") end

-- The host's `double_later` takes three milliseconds, and is the only clock here.
function calls.sleep(ms)
  for _ = 1, ms, 3 do host.double_later(1) end
  return ms
end

function calls.flood(lines)
  for _ = 1, lines do print(line) end
end

-- Nothing of a script runs outside of its calls.
function calls.late_throw() end

function calls.call_host(n) return host.double(n) end

function calls.call_host_async(n) return host.double_later(n) end

function calls.call_host_failing() return host.broken() end

function calls.reenter(depth)
  if depth == 0 then return 0 end
  return host.reenter(depth - 1) + 1
end

function calls.big(n)
  local bytes = {}
  for i = 0, 250 do bytes[#bytes + 1] = string.char(i) end
  local row = table.concat(bytes)
  return row:rep(n // 251) .. row:sub(1, n % 251)
end

-- A cancellation fails the host function that is waited for.
function calls.wait_cancel(ms)
  local ok = pcall(calls.sleep, ms)
  host.note(ok and "waited" or "cancelled")
end

function calls.log_lines(lines)
  for _, text in ipairs(lines) do print(text) end
end

return { values = values, calls = calls }
