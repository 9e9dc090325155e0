// A server that was compiled to a component: StarlingMonkey makes wasi:http/incoming-handler of its fetch event.
addEventListener("fetch", (event) => event.respondWith(answer(event.request)));

async function answer(request) {
  const { pathname, search } = new URL(request.url);
  const headers = { "x-method": request.method, "x-asked": request.headers.get("x-asked") ?? "-" };
  if (pathname === "/teapot") return new Response("short and stout", { status: 418, headers });
  if (pathname === "/upstream") return fetch(search.slice(1));
  return new Response((await request.text()).toUpperCase(), { headers });
}
