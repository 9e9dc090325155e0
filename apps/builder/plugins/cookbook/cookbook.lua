-- A folder of recipes in plain text -> a web site: a page for each, an index by tags, and a shopping list.
-- contract: tenon:builder/plugin@0.1.0
--
-- A recipe is its head (`title: Bread`), its ingredients (`- 500 g flour`), its steps (`1. Mix.`) and free text. `[[bread]]`
-- anywhere in a text is a link to another recipe.

local FOLDER <const> = "recipes"
local ESCAPES <const> = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }

local function escape(text) return (text:gsub('[&<>"]', ESCAPES)) end

local function name_of(path) return path:match("([^/]+)%.recipe$") end

local function mistake(mistakes, recipe, line, column, message)
  mistakes[#mistakes + 1] = { severity = "error", message = message, file = recipe.path, line = line, column = column }
end

-- `500 g flour` or `2 eggs`; amounts may be decimal.
local function read_ingredient(text)
  local amount, rest = text:match("^(%d+%.?%d*)%s+(.+)$")
  if amount == nil then return nil end
  local unit, name = rest:match("^(%l%l?)%s+(.+)$")
  if unit ~= "g" and unit ~= "kg" and unit ~= "ml" and unit ~= "l" then unit, name = "", rest end
  return { amount = tonumber(amount), unit = unit, name = name }
end

local function read_recipe(path, text, mistakes)
  local recipe = { path = path, name = name_of(path), tags = {}, ingredients = {}, steps = {}, notes = {}, links = {} }
  local number = 0
  for line in (text .. "\n"):gmatch("(.-)\r?\n") do
    number = number + 1
    for column, target in line:gmatch("()%[%[([^%]]+)%]%]") do
      recipe.links[#recipe.links + 1] = { target = target, line = number, column = column }
    end
    local key, value = line:match("^(%l+):%s*(.-)%s*$")
    local item, step = line:match("^%-%s+(.+)$"), line:match("^%d+%.%s+(.+)$")
    if key == "title" then
      recipe.title = value
    elseif key == "serves" then
      recipe.serves = math.tointeger(tonumber(value))
      if recipe.serves == nil then mistake(mistakes, recipe, number, #"serves: " + 1, "`serves` must be a whole number") end
    elseif key == "tags" then
      for tag in value:gmatch("[^,%s]+") do recipe.tags[#recipe.tags + 1] = tag end
    elseif key ~= nil then
      mistake(mistakes, recipe, number, 1, ("there is no head line `%s`"):format(key))
    elseif item ~= nil then
      local ingredient = read_ingredient(item)
      if ingredient == nil then
        mistake(mistakes, recipe, number, 3, ("`%s` is not of the form: amount, unit, name"):format(item))
      else
        recipe.ingredients[#recipe.ingredients + 1] = ingredient
      end
    elseif step ~= nil then
      recipe.steps[#recipe.steps + 1] = step
    elseif line:find("%S") then
      recipe.notes[#recipe.notes + 1] = line
    end
  end
  if recipe.title == nil then mistake(mistakes, recipe, 1, 1, "the recipe has no title") end
  return recipe
end

local function check_links(recipes, mistakes)
  for _, recipe in ipairs(recipes) do
    for _, link in ipairs(recipe.links) do
      if recipes[link.target] == nil then
        mistake(mistakes, recipe, link.line, link.column, ("there is no recipe `%s`"):format(link.target))
      end
    end
  end
end

local function page(title, body)
  return ('<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>%s</title>\n<h1>%s</h1>\n%s\n'):format(
    escape(title), escape(title), body
  )
end

local function linked(text, recipes)
  return (escape(text):gsub("%[%[([^%]]+)%]%]", function(target)
    return ('<a href="%s.html">%s</a>'):format(target, escape(recipes[target].title))
  end))
end

local function list(kind, items, show)
  local lines = {}
  for i, item in ipairs(items) do lines[i] = ("  <li>%s</li>\n"):format(show(item)) end
  return ("<%s>\n%s</%s>"):format(kind, table.concat(lines), kind)
end

-- Whole amounts without a fraction, as people write them.
local function quantity(ingredient)
  local amount = math.tointeger(ingredient.amount) or ("%.1f"):format(ingredient.amount)
  return (("%s %s"):format(amount, ingredient.unit):gsub("%s+$", ""))
end

local function show_ingredient(ingredient)
  return ('<b>%s</b> %s'):format(quantity(ingredient), escape(ingredient.name))
end

local function recipe_page(recipe, recipes)
  local parts = { '<p><a href="index.html">All recipes</a></p>' }
  if recipe.serves then parts[#parts + 1] = ("<p>Serves %d.</p>"):format(recipe.serves) end
  parts[#parts + 1] = list("ul", recipe.ingredients, show_ingredient)
  parts[#parts + 1] = list("ol", recipe.steps, function(step) return linked(step, recipes) end)
  for _, note in ipairs(recipe.notes) do parts[#parts + 1] = ("<p>%s</p>"):format(linked(note, recipes)) end
  return page(recipe.title, table.concat(parts, "\n"))
end

local function index_page(recipes)
  local by_tag, tags = {}, {}
  for _, recipe in ipairs(recipes) do
    for _, tag in ipairs(recipe.tags) do
      if by_tag[tag] == nil then by_tag[tag], tags[#tags + 1] = {}, tag end
      table.insert(by_tag[tag], recipe)
    end
  end
  table.sort(tags)
  local parts = { '<p><a href="shopping.html">Shopping list</a></p>' }
  for _, tag in ipairs(tags) do
    parts[#parts + 1] = ('<h2 id="%s">%s</h2>'):format(escape(tag), escape(tag))
    parts[#parts + 1] = list("ul", by_tag[tag], function(recipe)
      return ('<a href="%s.html">%s</a>'):format(recipe.name, escape(recipe.title))
    end)
  end
  return page("Cookbook", table.concat(parts, "\n"))
end

-- What all recipes together take; grams and kilograms add up.
local BASE <const> = { kg = { "g", 1000 }, l = { "ml", 1000 } }
local function shopping_page(recipes)
  local totals, order = {}, {}
  for _, recipe in ipairs(recipes) do
    for _, ingredient in ipairs(recipe.ingredients) do
      local base = BASE[ingredient.unit]
      local unit, factor = base and base[1] or ingredient.unit, base and base[2] or 1
      local key = ingredient.name .. "\0" .. unit
      if totals[key] == nil then
        totals[key] = { name = ingredient.name, unit = unit, amount = 0 }
        order[#order + 1] = totals[key]
      end
      totals[key].amount = totals[key].amount + ingredient.amount * factor
    end
  end
  table.sort(order, function(a, b) return a.name < b.name end)
  return page("Shopping list", '<p><a href="index.html">All recipes</a></p>\n' .. list("ul", order, show_ingredient))
end

local function json_text(text)
  return '"' .. text:gsub('[%c"\\]', function(c) return ("\\u%04x"):format(c:byte()) end) .. '"'
end

local function search_index(pages)
  local items = {}
  for i, one in ipairs(pages) do items[i] = ('{"url":%s,"title":%s}'):format(json_text(one.path), json_text(one.title)) end
  return ("[%s]\n"):format(table.concat(items, ","))
end

local function read_all(mistakes)
  local files = project.list_files(FOLDER)
  if files.tag == "err" then return nil, files.val end
  local recipes = {}
  for i, path in ipairs(files.val) do
    if name_of(path) then
      report.progress("reading " .. path, 50 * i // #files.val)
      local text = project.read_text(path)
      if text.tag == "err" then return nil, text.val end
      local recipe = read_recipe(path, text.val, mistakes)
      recipes[#recipes + 1] = recipe
      recipes[recipe.name] = recipe
    end
  end
  return recipes
end

local function io_error(reason)
  if reason.tag == "denied" then return err({ tag = "unsupported", val = reason.val }) end
  return err({ tag = "io", val = reason.val or reason.tag })
end

local builder = {}

function builder.info()
  return {
    name = "cookbook",
    version = "0.1.0",
    description = "Web sites from recipes in plain text.",
    languages = { "recipe" },
    targets = {},
  }
end

function builder.detect(files)
  for _, path in ipairs(files) do
    if path:match("^" .. FOLDER .. "/.+%.recipe$") then return { language = "recipe", confidence = 90 } end
  end
end

function builder.check_tools() return {} end

function builder.build(request)
  local mistakes = {}
  local recipes, reason = read_all(mistakes)
  if recipes == nil then return io_error(reason) end
  check_links(recipes, mistakes)
  if #mistakes > 0 then return err({ tag = "compile-failed", val = mistakes }) end

  local pages = { { path = "index.html", title = "Cookbook", text = index_page(recipes) } }
  for _, recipe in ipairs(recipes) do
    pages[#pages + 1] = { path = recipe.name .. ".html", title = recipe.title, text = recipe_page(recipe, recipes) }
  end
  pages[#pages + 1] = { path = "shopping.html", title = "Shopping list", text = shopping_page(recipes) }
  local files = { table.unpack(pages) }
  files[#files + 1] = { path = "search.json", text = search_index(pages) }

  local artifacts = {}
  for i, file in ipairs(files) do
    report.progress("writing " .. file.path, 50 + 50 * i // #files)
    local written = project.write_text(request.out_dir .. "/" .. file.path, file.text)
    if written.tag == "err" then return io_error(written.val) end
    local kind = file.path:match("%.html$") and "document" or "auxiliary"
    artifacts[i] = { path = file.path, kind = kind, size = #file.text }
  end
  return ok({ artifacts = artifacts, diagnostics = {} })
end

function builder.clean() return ok({}) end

return { builder = builder }
