// UDP and TCP by WASI 0.2 from C without a library: imports and exports are the canonical ABI's, laid out by hand
// (component-model CanonicalABI.md, "Flattening" and "Loading").
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned u32;
typedef unsigned long long u64;

#define IMPORT(module, name) __attribute__((import_module(module), import_name(name)))
#define EXPORT(name) __attribute__((export_name(name)))
#define SOCKETS(part) "wasi:sockets/" part "@0.2.0"
#define IO(part) "wasi:io/" part "@0.2.0"
/* ip-socket-address flat: the case, then eleven numbers, of which IPv4 uses five. */
#define ADDRESS u32 tag, u32 port, u32 a, u32 b, u32 c, u32 d, u32 e, u32 f, u32 g, u32 h, u32 i, u32 j
#define LOOPBACK(port) 0, (port), 127, 0, 0, 1, 0, 0, 0, 0, 0, 0
#define NOWHERE 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0

/* result<T, error-code> as it is stored: a case, then T or the error code at 1 without a T, at 4 for handles, at 8 for a u64. */
struct status { u8 is_error, code; };
struct result { u8 is_error, pad[3]; union { u32 words[10]; u8 code; }; };
struct big_result { u64 is_error; union { u64 value; u8 code; }; };
struct address { u8 tag, pad[3]; u16 port; u8 rest[26]; };
struct outgoing { const u8 *data; u32 length; u8 is_some, pad[3]; struct address to; };
struct text { const u8 *at; u32 length; };

IMPORT(SOCKETS("instance-network"), "instance-network") u32 instance_network(void);
IMPORT(SOCKETS("udp-create-socket"), "create-udp-socket") void create_udp(u32 family, struct result *);
IMPORT(SOCKETS("tcp-create-socket"), "create-tcp-socket") void create_tcp(u32 family, struct result *);
IMPORT(SOCKETS("udp"), "[method]udp-socket.start-bind") void udp_start_bind(u32, u32, ADDRESS, struct status *);
IMPORT(SOCKETS("udp"), "[method]udp-socket.finish-bind") void udp_finish_bind(u32, struct status *);
IMPORT(SOCKETS("udp"), "[method]udp-socket.stream") void udp_stream(u32, u32 is_some, ADDRESS, struct result *);
IMPORT(SOCKETS("udp"), "[method]udp-socket.subscribe") u32 udp_subscribe(u32);
IMPORT(SOCKETS("udp"), "[resource-drop]udp-socket") void udp_drop(u32);
IMPORT(SOCKETS("udp"), "[method]incoming-datagram-stream.receive") void udp_receive(u32, u64, struct result *);
IMPORT(SOCKETS("udp"), "[method]incoming-datagram-stream.subscribe") u32 udp_incoming_subscribe(u32);
IMPORT(SOCKETS("udp"), "[resource-drop]incoming-datagram-stream") void udp_incoming_drop(u32);
IMPORT(SOCKETS("udp"), "[method]outgoing-datagram-stream.check-send") void udp_check_send(u32, struct big_result *);
IMPORT(SOCKETS("udp"), "[method]outgoing-datagram-stream.send") void udp_send(u32, struct outgoing *, u32, struct big_result *);
IMPORT(SOCKETS("udp"), "[resource-drop]outgoing-datagram-stream") void udp_outgoing_drop(u32);
IMPORT(SOCKETS("tcp"), "[method]tcp-socket.start-bind") void tcp_start_bind(u32, u32, ADDRESS, struct status *);
IMPORT(SOCKETS("tcp"), "[method]tcp-socket.finish-bind") void tcp_finish_bind(u32, struct status *);
IMPORT(SOCKETS("tcp"), "[method]tcp-socket.start-connect") void tcp_start_connect(u32, u32, ADDRESS, struct status *);
IMPORT(SOCKETS("tcp"), "[method]tcp-socket.finish-connect") void tcp_finish_connect(u32, struct result *);
IMPORT(SOCKETS("tcp"), "[method]tcp-socket.start-listen") void tcp_start_listen(u32, struct status *);
IMPORT(SOCKETS("tcp"), "[method]tcp-socket.finish-listen") void tcp_finish_listen(u32, struct status *);
IMPORT(SOCKETS("tcp"), "[method]tcp-socket.accept") void tcp_accept(u32, struct result *);
IMPORT(SOCKETS("tcp"), "[method]tcp-socket.local-address") void tcp_local_address(u32, struct result *);
IMPORT(SOCKETS("tcp"), "[method]tcp-socket.subscribe") u32 tcp_subscribe(u32);
IMPORT(SOCKETS("tcp"), "[resource-drop]tcp-socket") void tcp_drop(u32);
IMPORT(IO("poll"), "[method]pollable.block") void pollable_block(u32);
IMPORT(IO("poll"), "[resource-drop]pollable") void pollable_drop(u32);
IMPORT(IO("streams"), "[method]input-stream.blocking-read") void stream_read(u32, u64, struct result *);
IMPORT(IO("streams"), "[resource-drop]input-stream") void input_drop(u32);
IMPORT(IO("streams"), "[method]output-stream.blocking-write-and-flush") void stream_write(u32, const u8 *, u32, struct result *);
IMPORT(IO("streams"), "[resource-drop]output-stream") void output_drop(u32);

extern u8 __heap_base;
static u32 next;

/* Nothing is given back: a call is short, and so is the test. */
EXPORT("cabi_realloc") void *cabi_realloc(void *old, u32 old_size, u32 align, u32 size) {
  if (next == 0) next = (u32)&__heap_base;
  u8 *made = (u8 *)((next + align - 1) & -align);
  next = (u32)made + size;
  while (next > __builtin_wasm_memory_size(0) * 65536)
    if (__builtin_wasm_memory_grow(0, 1) == (u32)-1) __builtin_trap();
  for (u32 at = 0; at < old_size && at < size; at++) made[at] = ((u8 *)old)[at];
  return made;
}

static struct text answer;

static struct text *failed(u32 code) {
  static u8 words[] = "error 00";
  words[6] = '0' + code / 10;
  words[7] = '0' + code % 10;
  answer = (struct text){words, 8};
  return &answer;
}

static void wait_for(u32 pollable) {
  pollable_block(pollable);
  pollable_drop(pollable);
}

EXPORT("udp-ask") struct text *udp_ask(u32 port, const u8 *text, u32 length) {
  struct result got;
  struct status done;
  struct big_result sent;
  create_udp(0, &got);
  if (got.is_error) return failed(got.code);
  u32 socket = got.words[0];
  udp_start_bind(socket, instance_network(), NOWHERE, &done);
  if (done.is_error) return failed(done.code);
  wait_for(udp_subscribe(socket));
  udp_finish_bind(socket, &done);
  if (done.is_error) return failed(done.code);
  udp_stream(socket, 1, LOOPBACK(port), &got);
  if (got.is_error) return failed(got.code);
  u32 incoming = got.words[0], outgoing = got.words[1];
  udp_check_send(outgoing, &sent);
  struct outgoing datagram = {text, length, 0};
  udp_send(outgoing, &datagram, 1, &sent);
  if (sent.is_error) return failed(sent.code);
  wait_for(udp_incoming_subscribe(incoming));
  udp_receive(incoming, 1, &got);
  if (got.is_error || got.words[1] != 1) return failed(99);
  /* incoming-datagram begins with its data. */
  answer = *(struct text *)got.words[0];
  udp_incoming_drop(incoming);
  udp_outgoing_drop(outgoing);
  udp_drop(socket);
  return &answer;
}

EXPORT("tcp-ask") struct text *tcp_ask(u32 port, const u8 *text, u32 length) {
  struct result got;
  struct status done;
  create_tcp(0, &got);
  if (got.is_error) return failed(got.code);
  u32 socket = got.words[0];
  tcp_start_connect(socket, instance_network(), LOOPBACK(port), &done);
  if (done.is_error) return failed(done.code);
  wait_for(tcp_subscribe(socket));
  tcp_finish_connect(socket, &got);
  if (got.is_error) return failed(got.code);
  u32 input = got.words[0], output = got.words[1];
  stream_write(output, text, length, &got);
  if (got.is_error) return failed(98);
  u8 *heard = cabi_realloc(0, 0, 1, 2 * length + 64);
  u32 count = 0;
  /* The server says hello before it echoes. */
  while (count < length + 6) {
    stream_read(input, length + 6 - count, &got);
    if (got.is_error) return failed(97);
    for (u32 at = 0; at < got.words[1]; at++) heard[count++] = ((u8 *)got.words[0])[at];
  }
  answer = (struct text){heard, count};
  input_drop(input);
  output_drop(output);
  tcp_drop(socket);
  return &answer;
}

static u32 listener;

EXPORT("tcp-listen") u32 tcp_listen(void) {
  struct result got;
  struct status done;
  create_tcp(0, &got);
  if (got.is_error) return 0;
  listener = got.words[0];
  tcp_start_bind(listener, instance_network(), LOOPBACK(0), &done);
  if (done.is_error) return 0;
  wait_for(tcp_subscribe(listener));
  tcp_finish_bind(listener, &done);
  if (done.is_error) return 0;
  tcp_start_listen(listener, &done);
  if (done.is_error) return 0;
  tcp_finish_listen(listener, &done);
  if (done.is_error) return 0;
  tcp_local_address(listener, &got);
  return got.is_error ? 0 : ((struct address *)got.words)->port;
}

EXPORT("tcp-serve") struct text *tcp_serve(void) {
  struct result got;
  wait_for(tcp_subscribe(listener));
  tcp_accept(listener, &got);
  if (got.is_error) return failed(got.code);
  u32 socket = got.words[0], input = got.words[1], output = got.words[2];
  stream_read(input, 1000, &got);
  if (got.is_error) return failed(97);
  answer = (struct text){(u8 *)got.words[0], got.words[1]};
  u8 *loud = cabi_realloc(0, 0, 1, answer.length);
  for (u32 at = 0; at < answer.length; at++) {
    u8 letter = answer.at[at];
    loud[at] = letter >= 'a' && letter <= 'z' ? letter - 32 : letter;
  }
  stream_write(output, loud, answer.length, &got);
  if (got.is_error) return failed(98);
  input_drop(input);
  output_drop(output);
  tcp_drop(socket);
  return &answer;
}
