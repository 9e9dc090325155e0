// Constants of a .wast file <-> the values that components take and give in JavaScript.

/** The head word of a list. */
export function headOf(item) {
  return item?.list?.[0]?.word ?? "";
}

export function textOf(item) {
  return new TextDecoder().decode(item.bytes);
}

function integer(word) {
  const sign = word.startsWith("-") ? -1n : 1n;
  return sign * BigInt(word.replace(/^[-+]/, "").replace(/_/g, ""));
}

function float(word) {
  if (word.startsWith("nan")) return Number.NaN;
  if (/^[-+]?inf$/.test(word)) return word.startsWith("-") ? -Infinity : Infinity;
  const clean = word.replace(/_/g, "");
  const hex = /^([-+]?)0x([0-9a-f]+)(?:\.([0-9a-f]*))?(?:p([-+]?\d+))?$/i.exec(clean);
  if (hex === null) return Number(clean);
  const [, sign, whole, part = "", power = "0"] = hex;
  const mantissa = Number.parseInt(whole + part, 16) * 2 ** (-4 * part.length);
  return (sign === "-" ? -1 : 1) * mantissa * 2 ** Number(power);
}

const INTEGERS = /^(?:u8|s8|u16|s16|u32|s32)$/;
const ARRAYS = {
  u8: Uint8Array,
  s8: Int8Array,
  u16: Uint16Array,
  s16: Int16Array,
  u32: Uint32Array,
  s32: Int32Array,
  u64: BigUint64Array,
  s64: BigInt64Array,
  f32: Float32Array,
  f64: Float64Array,
};

/** The constant as a value of `type`, a value type of the contract. */
export function valueOf(item, type) {
  const head = headOf(item);
  const [kind] = head.split(".");
  const rest = item.list.slice(1);
  if (INTEGERS.test(kind)) return Number(integer(rest[0].word));
  switch (kind) {
    case "u64":
    case "s64":
      return integer(rest[0].word);
    case "f32":
      return Math.fround(float(rest[0].word));
    case "f64":
      return float(rest[0].word);
    case "bool":
      return rest[0].word === "true";
    case "char":
    case "str":
      return textOf(rest[0]);
    case "list": {
      const items = rest.map((one) => valueOf(one, type?.element));
      const Numbers = ARRAYS[type?.element?.kind];
      return Numbers === undefined ? items : Numbers.from(items);
    }
    case "tuple":
      return rest.map((one, index) => valueOf(one, type?.items?.[index]));
    case "record":
      return Object.fromEntries(
        rest.map(({ list }, index) => {
          const value = list[2].list === undefined ? { list: list.slice(2) } : list[2];
          return [camel(textOf(list[1])), valueOf(value, type?.fields?.[index]?.type)];
        }),
      );
    case "enum":
      return textOf(rest[0]);
    case "flags": {
      const set = new Set(rest.map(textOf));
      const names = type?.flags ?? [...set];
      return Object.fromEntries(names.map((name) => [camel(name), set.has(name)]));
    }
    case "variant": {
      const tag = textOf(rest[0]);
      const inner = type?.cases?.find((one) => one.name === tag)?.type;
      return rest[1] === undefined ? { tag } : { tag, val: valueOf(rest[1], inner) };
    }
    case "option": {
      const nested = type?.item?.kind === "option";
      if (head === "option.none") return nested ? { tag: "none" } : undefined;
      const val = valueOf(rest[0], type?.item);
      return nested ? { tag: "some", val } : val;
    }
    case "result": {
      const tag = head === "result.ok" ? "ok" : "err";
      return rest[0] === undefined ? { tag } : { tag, val: valueOf(rest[0], type?.[tag]) };
    }
    default:
      throw new Error(`no value for (${head} ...)`);
  }
}

function camel(label) {
  const words = label.toLowerCase().split("-");
  return words.map((word, index) => (index === 0 ? word : word[0].toUpperCase() + word.slice(1))).join("");
}
