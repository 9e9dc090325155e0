// `fetch` of a JavaScript engine that was compiled to a component (StarlingMonkey): wasi:http as a real program uses it.
export async function ask(url, method, body) {
  const headers = { "x-guest": "javascript" };
  const response = await fetch(url, body === undefined ? { method, headers } : { method, headers, body });
  return `${response.status} ${response.headers.get("x-guest") ?? "-"} ${await response.text()}`;
}

export async function count(url) {
  let bytes = 0;
  const reader = (await fetch(url)).body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) bytes += part.value.length;
  return bytes;
}
