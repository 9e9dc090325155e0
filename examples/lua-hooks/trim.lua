local function before_save(path, line_count)
  local edits = {}
  for i = 1, line_count do
    local trimmed, count = editor.line(i):gsub("%s+$", "")
    if count > 0 then edits[#edits + 1] = { line = i, new_text = trimmed } end
  end
  return edits
end
return { hooks = { before_save = before_save, on_key = function(key) return key == "F5" end } }
