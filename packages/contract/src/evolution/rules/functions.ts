// What happens to functions: those that the host provides may become more, those that plugins export fewer.
import { C, N, P, S, rule, type Rule } from "./rule.ts";

export type FunctionRule =
  | "IMPORT_FUNC_NO_DELETE"
  | "IMPORT_IFACE_NO_DELETE"
  | "EXPORT_FUNC_NO_ADD_REQUIRED"
  | "EXPORT_FUNC_NO_ADD"
  | "EXPORT_IFACE_NO_ADD_REQUIRED"
  | "EXPORT_IFACE_NO_ADD"
  | "FUNC_NO_MOVE"
  | "FUNC_SAME_NAME"
  | "FUNC_SAME_KIND"
  | "FUNC_SAME_ASYNC"
  | "PARAM_NO_ADD"
  | "PARAM_NO_ADD_REQUIRED"
  | "PARAM_NO_DELETE"
  | "PARAM_SAME_NAME"
  | "PARAM_SAME_TYPE"
  | "PARAM_SAME_ORDER"
  | "RESULT_SAME_TYPE";

export const FUNCTION_RULES: Readonly<Record<FunctionRule, Rule>> = {
  IMPORT_FUNC_NO_DELETE: rule(
    ["none", "major", "incompatible"],
    [C, N, P, S],
    "plugins call a function that the host no longer has",
    "keep the function, deprecated, until no supported snapshot has it",
  ),
  IMPORT_IFACE_NO_DELETE: rule(
    ["none", "major", "incompatible"],
    [C, N, P, S],
    "plugins import an interface that the host no longer offers",
    "keep the interface, deprecated, until no supported snapshot has it",
  ),
  EXPORT_FUNC_NO_ADD_REQUIRED: rule(
    ["none", "major", "incompatible"],
    [C, N, P, S],
    "no existing plugin has the function",
    "mark it `@optional` and treat it as absent",
  ),
  EXPORT_FUNC_NO_ADD: rule(
    ["none", "minor", "total"],
    [C],
    "a component without the function does not link; other plugins count as not having it",
    "put optional functions in a world of their own if components have to link unadapted",
  ),
  EXPORT_IFACE_NO_ADD_REQUIRED: rule(
    ["none", "major", "incompatible"],
    [C, N, P, S],
    "no existing plugin has the interface",
    "mark it `@optional` and treat it as absent",
  ),
  EXPORT_IFACE_NO_ADD: rule(
    ["none", "minor", "total"],
    [C],
    "a component without the interface does not link; other plugins count as not having it",
    "put optional interfaces in a world of their own if components have to link unadapted",
  ),
  FUNC_NO_MOVE: rule(
    ["none", "major", "total"],
    [C, N, P, S],
    "plugins look for the function in the interface where it was",
    "say `@moved-from` on the function in its new place, or keep it in both",
  ),
  FUNC_SAME_NAME: rule(
    ["none", "minor", "total"],
    [C, N, P, S],
    "plugins know the function by its old name",
    "say `@renamed-from` on the new one",
  ),
  FUNC_SAME_KIND: rule(
    ["none", "major", "incompatible"],
    [C, N, P, S],
    "a method, a static function and a constructor are called in different ways",
    "add a function of the new kind beside the old one",
  ),
  FUNC_SAME_ASYNC: rule(
    ["none", "major", "total"],
    [C, S],
    "a synchronous function cannot wait for an asynchronous one",
    "add an async function beside it; hosts may await synchronous plugins",
  ),
  PARAM_NO_ADD: rule(
    ["both", "minor", "total"],
    [C, P, S],
    "the types of the two sides are not the same",
    "nothing where adapters stand between: an optional parameter at the end is none",
  ),
  PARAM_NO_ADD_REQUIRED: rule(
    ["both", "major", "lossy"],
    [C, N, P, S],
    "old plugins neither pass the parameter nor see it",
    "make it an `option` at the end, or add a function",
  ),
  PARAM_NO_DELETE: rule(
    ["both", "major", "lossy"],
    [C, N, P, S],
    "old plugins read the parameter, or pass it in vain",
    "keep the parameter",
  ),
  PARAM_SAME_NAME: rule(
    ["both", "minor", "total"],
    [C, S],
    "component types have parameter names",
    "keep the name, or accept that components are adapted",
  ),
  PARAM_SAME_TYPE: rule(
    ["both", "major", "total"],
    [C, N, P, S],
    "the parameter has another type of value",
    "add a function with the new parameter",
  ),
  PARAM_SAME_ORDER: rule(
    ["both", "minor", "total"],
    [C, N, P, S],
    "arguments by position are those of another parameter",
    "keep the order",
  ),
  RESULT_SAME_TYPE: rule(
    ["both", "major", "total"],
    [C, N, P, S],
    "the function returns another type of value",
    "add a function with the new result",
  ),
};
